import { kindOf, parseDuckType, type ValueType } from '../cel/index.ts';
import { HeadgateError } from '../../foundation/errors.ts';
import type { Column, TransformDefinition, TransformInput } from '../ports.ts';
import { quoteName, quoteText } from '../quote.ts';
import { textCast, textOf } from './cast-text.ts';
import { parseTarget, TARGET_NAMES, type Target } from './cast-types.ts';
import { CASTERS, plainSql } from './cast-values.ts';
import type { Caster } from './caster.ts';
import { invalid, named, requireColumn, select } from './columns.ts';
import { replacing } from './rows.ts';

/** One column's cast: its SQL, which ends the run at a value it cannot cast, and the same for a record. */
interface ColumnCast {
  readonly type: string;
  readonly sql: string;
  readonly run: (value: unknown) => unknown;
}

/**
 * Changes types. A value that cannot be cast fails the run; the message names the column, never the value, which may be
 * personal. Null stays null.
 */
export const cast: TransformDefinition<'cast'> = {
  name: 'cast',
  plan: (spec, input) => {
    const casts = new Map(
      Object.entries(spec).map(([name, type]) => [name, castOf(requireColumn(input, name), type, input)]),
    );
    const columns = input.columns.map((column) => ({ ...column, type: casts.get(column.name)?.type ?? column.type }));
    const items = columns.map(({ name }) => named(casts.get(name)?.sql ?? quoteName(name), name));
    return {
      columns,
      sql: (relation) => select(items, relation),
      record: replacing([...casts].map(([name, { run }]) => [name, run])),
    };
  },
  stream: (spec, at) => replacing(Object.entries(spec).map(([name, type]) => [name, castAny(name, type, at)])),
};

function targetOf(name: string, text: string, at: string): Target {
  const target = parseTarget(text);
  if (target !== null) return target;
  throw invalid({ at }, `'${text}' is not a type for '${name}'`, `Types are ${TARGET_NAMES.join(', ')}.`);
}

/** The cast of values whose type is known with the record only. */
function castAny(name: string, text: string, at: string): (value: unknown) => unknown {
  const target = targetOf(name, text, at);
  const { name: to } = target;
  if (to === 'string') return textOf;
  return (value) => {
    const made = CASTERS[to][kindOf(value)]?.run(value, target);
    if (made === undefined) throw notCastable(name, text, at);
    return made;
  };
}

function notCastable(name: string, text: string, at: string): HeadgateError {
  return new HeadgateError('transform_failed', castMessage(name, text, at));
}

const castMessage = (name: string, text: string, at: string): string =>
  `${at}: column '${name}' holds a value that is no ${text}`;

function castOf(column: Column, text: string, input: TransformInput): ColumnCast {
  const target = targetOf(column.name, text, input.at);
  const type = parseDuckType(column.type);
  if (type.sql === target.type) return { type: target.type, sql: quoteName(column.name), run: (value) => value };
  if (target.name === 'string') return { type: target.type, ...textCast(column, input) };
  const { caster, value } = casterFor(type, target, column, input);
  const message = castMessage(column.name, text, input.at);
  const result = caster.sql(value, target);
  return {
    type: target.type,
    sql: `CAST(coalesce(${result}, CASE WHEN ${value} IS NOT NULL THEN error(${quoteText(message)}) END) AS ${target.type})`,
    run: (given) => {
      const made = caster.run(given, target);
      if (made === undefined) throw notCastable(column.name, text, input.at);
      return made;
    },
  };
}

function casterFor(
  type: ValueType,
  target: Target,
  column: Column,
  input: TransformInput,
): { readonly caster: Caster; readonly value: string } {
  const quoted = quoteName(column.name);
  const byKind = CASTERS[target.name as Exclude<Target['name'], 'string'>];
  const direct = byKind[type.kind];
  if (direct !== undefined) return { caster: direct, value: plainSql(quoted, type) };
  if (type.kind === 'json' && byKind.string !== undefined) {
    return { caster: throughText(byKind.string), value: `(${quoted} ->> '$')` };
  }
  throw invalid(
    input,
    `column '${column.name}' of type ${column.type} cannot be cast to ${target.name}`,
    type.kind === 'int' && target.name.startsWith('timestamp')
      ? `Say what the number counts: \`set: {${column.name}: timestamp(${column.name})}\` takes seconds.`
      : 'Cast it to string first, or take it apart with `set`.',
  );
}

/** JSON is cast by its text; a JSON null is null. */
function throughText(caster: Caster): Caster {
  return {
    sql: caster.sql,
    run: (value, target) => caster.run(typeof value === 'string' ? value : JSON.stringify(value), target),
  };
}
