/** The table of a destination: created, given the columns it lacks, and checked. */
import type { DatabaseSync } from 'node:sqlite';
import { HeadgateError } from '../../../foundation/errors.ts';
import type { WriteRequest } from '../../ports.ts';
import { quoteName } from '../../quote.ts';
import { parseDuckType, type DuckType } from '../relational/column-types.ts';
import { declaration } from './columns.ts';

export interface TargetColumn {
  /** As the records call it. */
  readonly name: string;
  readonly incoming: DuckType;
  /** What the column that is there was declared as, in capitals; undefined for one that was made for these records. */
  readonly declared?: string;
}

/** The digits that a REAL keeps in any case (IEEE 754 double). */
const REAL_DIGITS = 15;

/** Works within the caller's transaction. Answers the columns to write: all but those that the database computes. */
export function ensureTable(database: DatabaseSync, table: string, request: WriteRequest): readonly TargetColumn[] {
  const columns = request.columns.map(({ name, type }) => ({ name, incoming: parseDuckType(type) }));
  const existing = database.prepare('SELECT name, type, hidden FROM pragma_table_xinfo(?)').all(table);
  if (existing.length === 0) {
    const parts = columns.map(({ name, incoming }) => `${quoteName(name)} ${declaration(incoming)}`);
    if (request.mode === 'upsert') parts.push(`PRIMARY KEY (${request.key.map(quoteName).join(', ')})`);
    database.exec(`CREATE TABLE ${quoteName(table)} (${parts.join(', ')})`);
    return columns;
  }
  if (request.mode === 'upsert') requireUnique(database, table, request.key);
  return columns.flatMap((column) => {
    const { name, incoming } = column;
    const found = existing.find((column) => String(column['name']).toLowerCase() === name.toLowerCase());
    if (found === undefined) {
      database.exec(`ALTER TABLE ${quoteName(table)} ADD COLUMN ${quoteName(name)} ${declaration(incoming)}`);
      return [column];
    }
    const declared = String(found['type']).toUpperCase();
    refuseRounding(name, declared, incoming);
    // 2 and 3: generated columns, virtual and stored.
    return Number(found['hidden']) < 2 ? [{ ...column, declared }] : [];
  });
}

/** SQLite stores any value in any column, but turns long decimals into rounded numbers unless the column holds text. */
function refuseRounding(name: string, declared: string, { base, args }: DuckType): void {
  const keepsText = /CHAR|CLOB|TEXT|BLOB/.test(declared) || declared === '';
  const digits = base === 'DECIMAL' ? (args[0] ?? 0) : /^U?(?:HUGEINT|UBIGINT)$/.test(base) ? 38 : 0;
  if (keepsText || digits <= REAL_DIGITS) return;
  throw new HeadgateError(
    'destination_failed',
    `column '${name}' is declared ${declared}, which keeps ${REAL_DIGITS} digits, and ${base}(${args.join(',')}) arrives`,
    { hint: `add a transform such as cast: {${name}: decimal(15,2)}, or declare the column as TEXT` },
  );
}

// What SQLite would take for a number, and the numbers among them whose text comes back as it was.
const NUMERIC_TEXT = String.raw`\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*`;
const SAME_TEXT = String.raw`-?(0|[1-9]\d{0,14})|-?(0|[1-9]\d{0,9})\.\d{0,4}[1-9]`;

/**
 * A DuckDB condition for values that the column would change (https://www.sqlite.org/datatype3.html, 3.1): texts such as
 * 007 in a column of numbers, and long integers in one of REAL. Null where there are none.
 */
export function changedValues({ name, incoming, declared }: TargetColumn): string | null {
  if (declared === undefined) return null;
  const affinity = affinityOf(declared);
  const value = quoteName(name);
  if (incoming.base === 'BIGINT' && affinity === 'REAL') return `abs(${value}::HUGEINT) > 9007199254740992`;
  if (incoming.base !== 'VARCHAR' || affinity === 'TEXT') return null;
  return `(regexp_full_match(${value}, '${NUMERIC_TEXT}') AND NOT regexp_full_match(${value}, '${SAME_TEXT}'))`;
}

/** `TEXT` stands for BLOB too: both leave texts as they are. */
function affinityOf(declared: string): 'TEXT' | 'REAL' | 'NUMERIC' {
  if (declared.includes('INT')) return 'NUMERIC';
  if (/CHAR|CLOB|TEXT|BLOB/.test(declared) || declared === '') return 'TEXT';
  return /REAL|FLOA|DOUB/.test(declared) ? 'REAL' : 'NUMERIC';
}

function requireUnique(database: DatabaseSync, table: string, key: readonly string[]): void {
  const wanted = same(key);
  const primary = database.prepare('SELECT name FROM pragma_table_info(?) WHERE pk > 0').all(table);
  if (same(primary.map(({ name }) => String(name))) === wanted) return;
  const indexes = database.prepare('SELECT name FROM pragma_index_list(?) WHERE "unique" AND NOT partial').all(table);
  for (const { name } of indexes) {
    const columns = database.prepare('SELECT name FROM pragma_index_info(?)').all(name as string);
    if (same(columns.map((column) => String(column['name']))) === wanted) return;
  }
  const list = key.map(quoteName).join(', ');
  throw new HeadgateError('destination_failed', `upsert needs a unique index on exactly (${list}), and there is none`, {
    hint: `CREATE UNIQUE INDEX name ON ${quoteName(table)} (${list})`,
  });
}

const same = (names: readonly string[]): string => JSON.stringify(names.map((name) => name.toLowerCase()).sort());

/** INSERT with one parameter per column; the last of equal keys wins, since records come one after the other. */
export function insertStatement(table: string, columns: readonly TargetColumn[], request: WriteRequest): string {
  const names = columns.map(({ name }) => quoteName(name));
  const insert = `INSERT INTO ${quoteName(table)} (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')})`;
  if (request.mode !== 'upsert') return insert;
  const key = request.key.map(quoteName);
  const updates = names.filter((name) => !key.includes(name)).map((name) => `${name} = excluded.${name}`);
  return `${insert} ON CONFLICT (${key.join(', ')}) DO ${updates.length === 0 ? 'NOTHING' : `UPDATE SET ${updates.join(', ')}`}`;
}
