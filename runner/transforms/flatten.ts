import { parseDuckType, type ValueType } from '../cel/index.ts';
import { HeadgateError } from '../../foundation/errors.ts';
import { quoteName, quoteText } from '../quote.ts';
import type { Transform } from '../../crds/index.ts';
import type { Column, Row, TransformDefinition } from '../ports.ts';
import { invalid, named, requireColumn, requireDistinct, requireNoClash, select } from './columns.ts';
import { put } from './rows.ts';

const DEFAULT_SEPARATOR = '_';
const DEFAULT_DEPTH = 10;

type FlattenSpec = NonNullable<Transform['flatten']>;

/** A column that leaves: its SQL, and the path to it from the record. */
interface Leaf extends Column {
  readonly sql: string;
  readonly path: readonly string[];
}

/**
 * Nested objects (STRUCT) become columns in the place of theirs. Lists and maps stay as they are, and so does JSON: what is
 * inside it is known with the record only.
 */
export const flatten: TransformDefinition<'flatten'> = {
  name: 'flatten',
  plan: (spec, input) => {
    const chosen = spec.columns === undefined ? null : new Set(spec.columns);
    if (spec.columns !== undefined) {
      requireDistinct(input, spec.columns);
      for (const name of spec.columns) requireNested(requireColumn(input, name), input.at);
    }
    const separator = spec.separator ?? DEFAULT_SEPARATOR;
    const leaves = input.columns.flatMap((column) => {
      const depth = chosen === null || chosen.has(column.name) ? (spec.depth ?? DEFAULT_DEPTH) : 0;
      return leavesOf(column, separator, depth);
    });
    const columns = leaves.map(({ name, type }) => ({ name, type }));
    requireNoClash(input, columns);
    return {
      columns,
      sql: (relation) =>
        select(
          leaves.map((leaf) => named(leaf.sql, leaf.name)),
          relation,
        ),
      record: (row) => {
        const out: Row = {};
        for (const { name, path } of leaves) put(out, name, valueAt(row, path));
        return out;
      },
    };
  },
  stream: flattening,
};

function requireNested(column: Column, at: string): void {
  const { kind } = parseDuckType(column.type);
  if (kind === 'struct') return;
  throw invalid(
    { at },
    `column '${column.name}' is ${column.type}, not a nested object`,
    kind === 'json'
      ? 'The fields of JSON are not known beforehand: take them with `set: {city: string(data.city)}`.'
      : undefined,
  );
}

function leavesOf(column: Column, separator: string, depth: number): readonly Leaf[] {
  const walk = (name: string, type: ValueType, sql: string, path: readonly string[], left: number): readonly Leaf[] => {
    if (type.kind !== 'struct' || left === 0) return [{ name, type: type.sql, sql, path }];
    return type.fields.flatMap((field) =>
      walk(
        `${name}${separator}${field.name}`,
        field.type,
        `struct_extract(${sql}, ${quoteText(field.name)})`,
        [...path, field.name],
        left - 1,
      ),
    );
  };
  return walk(column.name, parseDuckType(column.type), quoteName(column.name), [column.name], depth);
}

function valueAt(row: Row, path: readonly string[]): unknown {
  let value: unknown = row;
  for (const name of path) {
    if (value === null || typeof value !== 'object' || !Object.hasOwn(value, name)) return null;
    value = (value as Row)[name] ?? null;
  }
  return value;
}

/** Flattens what is an object in the record, whatever it is in others. */
function flattening(spec: FlattenSpec, at: string): (row: Row) => Row {
  const separator = spec.separator ?? DEFAULT_SEPARATOR;
  const depth = spec.depth ?? DEFAULT_DEPTH;
  return (row) => {
    const out: Row = {};
    const walk = (name: string, value: unknown, left: number): void => {
      if (left > 0 && isObject(value)) {
        for (const field of Object.keys(value)) walk(`${name}${separator}${field}`, value[field], left - 1);
      } else if (Object.hasOwn(out, name)) {
        throw new HeadgateError('transform_failed', `${at}: there would be two columns '${name}'`);
      } else put(out, name, value);
    };
    for (const name of Object.keys(row)) walk(name, row[name], spec.columns?.includes(name) === false ? 0 : depth);
    return out;
  };
}

/** Lists, times and bytes are no objects here. */
function isObject(value: unknown): value is Row {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
