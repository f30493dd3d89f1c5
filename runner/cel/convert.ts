/** Brings compiled values from one type to another without the author asking: the promotions of the type table. */
import type { Compiled } from './compiled.ts';
import { describe, type ValueType } from './types.ts';
import { normalInt, toDate } from './values.ts';

/** `value` as `target`; both must have a common type by `unify`, or be of the same kind. */
export function convert(value: Compiled, target: ValueType): Compiled {
  const { type } = value;
  if (type.sql === target.sql && type.kind === target.kind) return value;
  if (type.kind === 'null') return { ...value, type: target, sql: `CAST(NULL AS ${target.sql})` };
  const change = valueConversion(type, target);
  const { run } = value;
  return {
    type: target,
    sql: convertSql(value, target),
    ...(target.kind === 'timestamp' ? { naive: naiveSql(value) } : {}),
    run:
      change === null
        ? run
        : (row, locals) => {
            const from = run(row, locals);
            return from === null ? null : change(from);
          },
    fallible: value.fallible,
    ...(value.literal === undefined || change !== null ? {} : { literal: value.literal }),
  };
}

function convertSql(value: Compiled, target: ValueType): string {
  const { type, sql, literal } = value;
  if (target.kind === 'dyn') return sql;
  if (target.kind === 'double' && type.kind === 'int' && literal !== undefined) {
    const number = Number(literal);
    if (Number.isSafeInteger(number)) return `${number}e0`;
  }
  if (target.kind === 'timestamp') return timestampSql(value);
  return `CAST(${sql} AS ${target.sql})`;
}

/** A date or a time without zone as an instant: read as UTC, whatever the session's time zone is. */
function timestampSql(value: Compiled): string {
  const plain = naiveSql(value);
  return plain === undefined ? value.sql : `(${plain} AT TIME ZONE 'UTC')`;
}

function naiveSql({ type, sql }: Compiled): string | undefined {
  if (type.sql === 'TIMESTAMP WITH TIME ZONE' || type.sql === 'TIMESTAMPTZ') return undefined;
  return type.sql === 'TIMESTAMP' ? sql : `CAST(${sql} AS TIMESTAMP)`;
}

/** The SQL of a timestamp as a TIMESTAMP in UTC. */
export const inUtc = (value: Compiled): string => value.naive ?? `(${value.sql} AT TIME ZONE 'UTC')`;

/** What the record form must do to a value that is not null; null: nothing. */
function valueConversion(from: ValueType, to: ValueType): ((value: unknown) => unknown) | null {
  if (to.kind === 'double' && (from.kind === 'int' || from.kind === 'decimal')) return (value) => Number(value);
  if (to.kind === 'timestamp' && from.kind === 'date') return toDate;
  if (to.kind === 'list' && from.kind === 'list') {
    const change = valueConversion(from.element, to.element);
    if (change === null) return null;
    return (list) => (list as unknown[]).map((item) => ((item ?? null) === null ? null : change(item)));
  }
  if (to.kind === 'struct' && from.kind === 'struct') {
    const changes = to.fields.map((field, index) => valueConversion(from.fields[index]!.type, field.type));
    if (changes.every((change) => change === null)) return null;
    return (value) =>
      Object.fromEntries(
        to.fields.map(({ name }, index) => {
          const part = (value as Record<string, unknown>)[name] ?? null;
          return [name, part === null ? null : (changes[index]?.(part) ?? part)];
        }),
      );
  }
  return null;
}

/** How a raw value of a record becomes a value of its type; `undefined` becomes null. */
export function loaderFor(type: ValueType): (value: unknown) => unknown {
  switch (type.kind) {
    case 'int':
      return (value) => (typeof value === 'bigint' ? normalInt(value) : (value ?? null));
    default:
      return (value) => value ?? null;
  }
}

/** `int and string`, for messages. */
export const listTypes = (types: readonly ValueType[]): string => types.map(describe).join(', ');
