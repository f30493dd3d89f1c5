/** Literal values, lists and maps written out. */
import { NULL_LITERAL } from './calls.ts';
import { failure, type Compiled, type Context } from './compiled.ts';
import { convert, listTypes } from './convert.ts';
import { quoteName, quoteText } from '../quote.ts';
import type { Node } from './syntax.ts';
import { BOOL, BYTES, DOUBLE, INT, listOf, NULL, STRING, structOf, unify, type ValueType } from './types.ts';
import { fitInt } from './values.ts';

const constant = (type: ValueType, sql: string, literal: unknown): Compiled => ({
  type,
  sql,
  run: () => literal,
  fallible: false,
  literal,
});

/** Bytes as a DuckDB BLOB literal. */
function bytesLiteral(bytes: Uint8Array): string {
  const hex = [...bytes].map((byte) => `\\x${byte.toString(16).padStart(2, '0').toUpperCase()}`).join('');
  return `'${hex}'::BLOB`;
}

export function compileValue(value: unknown, context: Context, node: Node): Compiled {
  if (value === null) return NULL_LITERAL;
  switch (typeof value) {
    case 'boolean':
      return constant(BOOL, String(value), value);
    case 'string':
      if (value.includes('\0')) throw failure(context, node, 'a text cannot hold the character U+0000');
      return constant(STRING, quoteText(value.toWellFormed()), value.toWellFormed());
    case 'number':
      return doubleLiteral(value, context, node);
    case 'bigint':
      return intLiteral(value, context, node);
    default:
      if (value instanceof Uint8Array) return constant(BYTES, bytesLiteral(value), value);
      throw failure(context, node, 'unsigned integers are not supported', 'Leave the u off: 1 instead of 1u.');
  }
}

function doubleLiteral(value: number, context: Context, node: Node): Compiled {
  if (!Number.isFinite(value)) throw failure(context, node, 'the number is out of range');
  const text = String(value);
  return constant(DOUBLE, text.includes('e') ? text : `${text}e0`, value);
}

/** An int literal, negative ones included. */
export function intLiteral(value: bigint, context: Context, node: Node): Compiled {
  const int = fitInt(value);
  if (int === null) throw failure(context, node, 'the integer is out of range (64 bits)');
  // -9223372036854775808 cannot be written as minus a BIGINT literal.
  return constant(INT, value < 0n ? `CAST('${value}' AS BIGINT)` : `CAST(${value} AS BIGINT)`, int);
}

export function compileList(nodes: readonly Node[], context: Context): Compiled {
  const given = nodes.map((node) => context.compile(node, context));
  let element: ValueType = NULL;
  for (const [index, item] of given.entries()) {
    const common = unify(element, item.type);
    if (common === null) {
      throw failure(
        context,
        nodes[index]!,
        `the items of a list have one type, not both ${listTypes([element])} and ${listTypes([item.type])}`,
      );
    }
    element = common;
  }
  const items = given.map((item) => convert(item, element));
  const literal = items.every((item) => item.literal !== undefined) ? items.map((item) => item.literal) : undefined;
  const runs = items.map((item) => item.run);
  return {
    type: listOf(element),
    sql: `[${items.map((item) => item.sql).join(', ')}]`,
    run: literal === undefined ? (row, locals) => runs.map((run) => run(row, locals)) : () => literal,
    fallible: items.some((item) => item.fallible),
    items,
    ...(literal === undefined ? {} : { literal }),
  };
}

/** `{"name": value}`: an object with these fields, a STRUCT in DuckDB. */
export function compileMap(entries: readonly (readonly [Node, Node])[], context: Context, node: Node): Compiled {
  if (entries.length === 0) throw failure(context, node, 'an object needs at least one field');
  const seen = new Set<string>();
  const fields = entries.map(([key, valueNode]) => {
    if (key.op !== 'value' || typeof key.args !== 'string') {
      throw failure(context, key, 'the names in {…} are texts in quotes');
    }
    if (seen.has(key.args.toLowerCase())) throw failure(context, key, `field '${key.args}' stands twice`);
    seen.add(key.args.toLowerCase());
    const value = context.compile(valueNode, context);
    return { name: key.args, value: value.type.kind === 'null' ? convert(value, STRING) : value };
  });
  return {
    type: structOf(fields.map(({ name, value }) => ({ name, type: value.type }))),
    sql: `struct_pack(${fields.map(({ name, value }) => `${quoteName(name)} := ${value.sql}`).join(', ')})`,
    run: (row, locals) => Object.fromEntries(fields.map(({ name, value }) => [name, value.run(row, locals)])),
    fallible: fields.some(({ value }) => value.fallible),
  };
}
