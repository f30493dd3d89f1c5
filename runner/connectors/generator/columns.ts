/** The DuckDB expression of each kind of column. */
import { HeadgateError } from '../../../foundation/errors.ts';
import { parseDuration } from '../../../foundation/time.ts';
import type { Column } from '../../ports.ts';
import { quoteName, quoteText } from '../../quote.ts';
import { Draws, TWO_32 } from './random.ts';
import type { GeneratedColumn } from './settings.ts';
import { EMAIL_DOMAINS, FAMILY_NAMES, GIVEN_NAMES, WORDS } from './words.ts';

/** A generated column: its expression over the row number `i`, from 0. */
export interface Expression extends Column {
  readonly sql: string;
}

type KindName = Exclude<keyof GeneratedColumn, 'name' | 'nulls'>;
type Kinds = {
  readonly [K in KindName]: (settings: NonNullable<GeneratedColumn[K]>, draws: Draws, seed: number) => Typed;
};

interface Typed {
  readonly type: string;
  readonly sql: string;
}

/** `(SELECT … FROM range(from, to))` for some columns. */
export function relationOf(columns: readonly Expression[], from: number, to: number): string {
  const list = columns.map(({ name, sql }) => `${sql} AS ${quoteName(name)}`).join(', ');
  return `(SELECT ${list} FROM range(${from}, ${to}) AS r(i))`;
}

/** Throws `invalid_settings` for columns that make no sense; messages start with the column's name. */
export function expressionsOf(columns: readonly GeneratedColumn[], seed: number): readonly Expression[] {
  const names = new Set<string>();
  return columns.map((column) => {
    if (names.has(column.name.toLowerCase())) throw invalid(column.name, 'is there twice');
    names.add(column.name.toLowerCase());
    return expressionOf(column, seed);
  });
}

function expressionOf(column: GeneratedColumn, seed: number): Expression {
  const kinds = (Object.keys(KINDS) as KindName[]).filter((kind) => column[kind] !== undefined);
  const [kind] = kinds;
  if (kind === undefined || kinds.length > 1) {
    throw invalid(column.name, `needs exactly one of ${Object.keys(KINDS).join(', ')}`);
  }
  const draws = new Draws(seed, column.name, 'i');
  try {
    const { type, sql } = build(kind, column[kind]!, draws, seed);
    const nulls = column.nulls ?? 0;
    return {
      name: column.name,
      type,
      sql: nulls === 0 ? sql : `CASE WHEN ${draws.chance(nulls, 'null')} THEN NULL ELSE ${sql} END`,
    };
  } catch (error) {
    if (error instanceof RangeError) throw invalid(column.name, error.message);
    throw error;
  }
}

function build<K extends KindName>(
  kind: K,
  settings: NonNullable<GeneratedColumn[K]>,
  draws: Draws,
  seed: number,
): Typed {
  return KINDS[kind](settings, draws, seed);
}

const KINDS: Kinds = {
  sequence: ({ start = 1, step = 1 }) => ({ type: 'BIGINT', sql: `(${start} + i * ${step})::BIGINT` }),
  integer: ({ min = 0, max = 1000 }, draws) => ({
    type: 'BIGINT',
    sql: `(${min} + ${draws.below(span(min, max), 'value')})::BIGINT`,
  }),
  decimal: ({ min = 0, max = 1000, scale = 2 }, draws) => {
    const unit = 10 ** scale;
    const low = Math.ceil(min * unit - 1e-9);
    const steps = span(low, Math.floor(max * unit + 1e-9));
    // By multiplication, since DuckDB's division of decimals goes through DOUBLE.
    const one = scale === 0 ? '1' : `0.${'0'.repeat(scale - 1)}1`;
    const type = `DECIMAL(18,${scale})`;
    return {
      type,
      sql: `((${low} + ${draws.below(steps, 'value')})::DECIMAL(18,0) * ${one}::${type.replace('18', '10')})::${type}`,
    };
  },
  choice: ({ values, weights }, draws) => {
    if (weights === undefined) return { type: 'VARCHAR', sql: draws.pick(values, 'value') };
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    if (weights.length !== values.length || !(total > 0)) throw new RangeError('needs one weight per value, not all 0');
    let bound = 0;
    const cases = values.slice(0, -1).map((value, index) => {
      bound += weights[index]! / total;
      return `WHEN ${draws.bits32('value')} < ${Math.round(bound * TWO_32)} THEN ${quoteText(value)}`;
    });
    return {
      type: 'VARCHAR',
      sql: cases.length === 0 ? quoteText(values[0]!) : `CASE ${cases.join(' ')} ELSE ${quoteText(values.at(-1)!)} END`,
    };
  },
  timestamp: ({ from, to, every }, draws) => {
    const start = Date.parse(from);
    if ((to === undefined) === (every === undefined)) throw new RangeError('needs either `to` or `every`');
    const offset =
      every === undefined ? draws.below(span(start, Date.parse(to!) - 1), 'value') : `i * ${parseDuration(every)}`;
    return { type: 'TIMESTAMP', sql: `make_timestamp(((${start} + ${offset}) * 1000)::BIGINT)` };
  },
  boolean: ({ probability = 0.5 }, draws) => ({ type: 'BOOLEAN', sql: draws.chance(probability, 'value') }),
  uuid: (_settings, draws) => {
    const hex = (purpose: string, digits: number): string =>
      `lpad(to_hex(${draws.bits32(purpose)} >> ${32 - digits * 4}), ${digits}, '0')`;
    // 8 to b: the variant of RFC 9562, 4.1.
    const variant = `['8', '9', 'a', 'b'][1 + ${draws.below(4, 'variant')}]`;
    const parts = [
      hex('a', 8),
      `'-'`,
      hex('b', 4),
      `'-4'`,
      hex('c', 3),
      `'-'`,
      variant,
      hex('d', 3),
      `'-'`,
      hex('e', 8),
      hex('f', 4),
    ];
    return { type: 'UUID', sql: `(${parts.join(' || ')})::UUID` };
  },
  personName: (_settings, draws) => ({
    type: 'VARCHAR',
    sql: `${draws.pick(GIVEN_NAMES, 'given')} || ' ' || ${draws.pick(FAMILY_NAMES, 'family')}`,
  }),
  email: ({ of }, own, seed) => {
    const person = of === undefined ? own : new Draws(seed, of, 'i');
    const name = `${person.pick(GIVEN_NAMES.map(plain), 'given')} || '.' || ${person.pick(FAMILY_NAMES.map(plain), 'family')}`;
    return { type: 'VARCHAR', sql: `${name} || (i + 1) || '@' || ${own.pick(EMAIL_DOMAINS, 'domain')}` };
  },
  text: ({ words = 6 }, draws) => {
    const list = Array.from({ length: words }, (_, index) => draws.pick(WORDS, `word ${index}`));
    return { type: 'VARCHAR', sql: list.join(` || ' ' || `) };
  },
};

/** A name as mail addresses take it: ASCII letters in lower case. */
const plain = (name: string): string =>
  name
    .normalize('NFKD')
    .replaceAll('ı', 'i')
    .replaceAll(/[^A-Za-z]/g, '')
    .toLowerCase();

function span(min: number, max: number): number {
  const count = max - min + 1;
  if (!(count >= 1)) throw new RangeError('has an upper bound below its lower bound');
  if (!Number.isSafeInteger(count) || !Number.isSafeInteger(min)) throw new RangeError('has bounds too far apart');
  return count;
}

const invalid = (column: string, why: string): HeadgateError =>
  new HeadgateError('invalid_settings', `column '${column}' ${why}`);
