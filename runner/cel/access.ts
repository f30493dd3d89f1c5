/** Names and `.field`. What is missing in a record is null; what is missing in a type is an error. */
import { nearest } from '../../crds/nearest.ts';
import { failure, type Compiled, type Context } from './compiled.ts';
import { listTypes, loaderFor } from './convert.ts';
import { quoteName, quoteText } from '../quote.ts';
import type { Node } from './syntax.ts';
import { DYN, type ValueType } from './types.ts';
import { own } from './values.ts';

/** The name that stands for the whole record: `record["my column"]`. */
export const RECORD = 'record';

export function compileName(name: string, context: Context, node: Node): Compiled {
  const local = context.locals.findLast((candidate) => candidate.name === name);
  if (local !== undefined) {
    const { slot, type, sql } = local;
    const load = loaderFor(type);
    return { type, sql, run: (_row, locals) => load(locals[slot]), fallible: false };
  }
  if (name === RECORD) {
    throw failure(
      context,
      node,
      `'${RECORD}' is the whole record`,
      `Name a column of it: ${RECORD}["name"]. The column ${RECORD} itself is ${RECORD}.${RECORD}.`,
    );
  }
  return compileColumn(name, context, node);
}

export function compileColumn(name: string, context: Context, node: Node): Compiled {
  const type = context.columns === null ? DYN : context.columns.get(name);
  if (type === undefined) {
    const known = [...context.columns!.keys(), ...context.locals.map((local) => local.name)];
    throw failure(context, node, `column '${name}' not present${suggestion(name, known)}`);
  }
  const load = loaderFor(type);
  return { type, sql: quoteName(name), run: (row) => load(own(row, name)), fallible: false };
}

function suggestion(name: string, known: readonly string[]): string {
  const meant = nearest(name, known);
  return meant === undefined ? '' : ` (did you mean '${meant}'?)`;
}

/** Whether a node is the name `record` and no macro variable of that name is in sight. */
export function isRecord(node: Node, context: Context): boolean {
  return node.op === 'id' && node.args === RECORD && !context.locals.some((local) => local.name === RECORD);
}

/** `object.name`, or `object["name"]` with a literal. */
export function compileField(object: Node, name: string, context: Context, node: Node): Compiled {
  if (isRecord(object, context)) return compileColumn(name, context, node);
  const value = context.compile(object, context);
  const field = fieldOf(value, name);
  if (field !== null) return field;
  const { type } = value;
  if (type.kind === 'struct') {
    const known = type.fields.map((candidate) => candidate.name);
    throw failure(context, node, `field '${name}' not present${suggestion(name, known)}`);
  }
  throw failure(context, node, `${listTypes([type])} has no field '${name}'`);
}

/** A field of a value, or null when its type has none of that name. */
export function fieldOf(value: Compiled, name: string): Compiled | null {
  const { type, sql, run, fallible } = value;
  const part = (of: ValueType, partSql: string): Compiled => {
    const load = loaderFor(of);
    const member: Compiled['run'] = (row, locals) => {
      const object = run(row, locals);
      return object !== null && typeof object === 'object' ? load(own(object, name)) : null;
    };
    return { type: of, sql: partSql, run: member, fallible };
  };
  switch (type.kind) {
    case 'struct': {
      const field = type.fields.find((candidate) => candidate.name === name);
      return field === undefined ? null : part(field.type, `struct_extract(${sql}, ${quoteText(name)})`);
    }
    case 'map':
      return type.key.kind === 'string' ? part(type.value, `${sql}[${quoteText(name)}]`) : null;
    case 'json':
      return part(type, `json_extract(${sql}, ${jsonPath(name)})`);
    case 'dyn':
      return part(DYN, '');
    default:
      return null;
  }
}

/** DuckDB's JSON path to a member of any name; a quote in the name needs the pointer form. */
const jsonPath = (name: string): string => quoteText(`/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`);
