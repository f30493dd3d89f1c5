/** The table of a destination: what is there, and the DDL that makes it take the columns that arrive. */
import { HeadgateError } from '../../../foundation/errors.ts';
import type { Column, WriteRequest } from '../../ports.ts';
import { quoteName } from '../../quote.ts';
import { columnType, parseDuckType, type DuckType } from '../relational/column-types.ts';
import { fitColumn } from '../relational/fit.ts';
import type { TableName } from '../relational/names.ts';
import type { Session } from './session.ts';

/** A column to write: where it goes, and what arrives for it. */
export interface TargetColumn {
  readonly name: string;
  /** The type in the table, as `format_type` spells it. */
  readonly type: string;
  readonly incoming: DuckType;
  /** The DuckDB type to cast to, where the text of the type that arrives is not one of the column's type. */
  readonly cast?: string;
}

/** Answers questions about the records; null values never count. */
export interface Records {
  /** Length of the longest text of the column. */
  readonly longest: (column: string) => Promise<number>;
  /** How many values change by a cast to the DuckDB type. */
  readonly inexact: (column: Column, as: string) => Promise<number>;
}

/** A column of a table; domains stand as their base types. */
export interface ExistingColumn {
  readonly name: string;
  readonly type: string;
  readonly generated: boolean;
}

/**
 * Creates schema and table, or adds and widens columns, within the transaction of the session. Answers the columns to
 * write: all that arrive but those that the database computes. Throws `destination_failed` when a type does not fit, or
 * when `upsert` finds no unique index on its key.
 */
export async function ensureTable(
  session: Session,
  table: TableName,
  request: WriteRequest,
  records: Records,
): Promise<readonly TargetColumn[]> {
  await lockTable(session, table);
  const existing = await columnsOf(session, table);
  if (existing === null) return create(session, table, request);
  if (request.mode === 'upsert') await requireUnique(session, table, request.key);
  const target: TargetColumn[] = [];
  for (const column of request.columns) {
    const incoming = parseDuckType(column.type);
    const found = existing.find(({ name }) => name === column.name);
    if (found?.generated === true) continue;
    const fitted =
      found === undefined
        ? { type: await add(session, table, column) }
        : await widen(session, table, found, column, records);
    target.push({ name: column.name, incoming, ...fitted });
  }
  return target;
}

/** Until the end of the transaction, one at a time: the server's own checks of two CREATE TABLE IF NOT EXISTS can collide. */
export async function lockTable(session: Session, table: TableName): Promise<void> {
  await lock(session, table.sql);
}

async function lock(session: Session, sql: string): Promise<void> {
  await session.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [`headgate ${sql}`]);
}

/** The columns of a table, or null when there is none. Throws `destination_failed` when it is something else. */
export async function columnsOf(session: Session, { sql }: TableName): Promise<readonly ExistingColumn[] | null> {
  const { rows } = await session.query<{ kind: string }>(
    'SELECT relkind AS kind FROM pg_class WHERE oid = to_regclass($1)',
    [sql],
  );
  const kind = rows[0]?.kind;
  if (kind === undefined) return null;
  if (!['r', 'p', 'f', 'v'].includes(kind)) throw new HeadgateError('destination_failed', 'it is not a table');
  const columns = await session.query<ExistingColumn>(
    `SELECT a.attname AS name, a.attgenerated <> '' AS generated,
       CASE WHEN t.typtype = 'd' THEN format_type(t.typbasetype, t.typtypmod) ELSE format_type(a.atttypid, a.atttypmod) END AS type
     FROM pg_attribute AS a JOIN pg_type AS t ON t.oid = a.atttypid
     WHERE a.attrelid = to_regclass($1) AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum`,
    [sql],
  );
  return columns.rows;
}

async function create(session: Session, table: TableName, request: WriteRequest): Promise<readonly TargetColumn[]> {
  const columns = request.columns.map(({ name, type }) => {
    const incoming = parseDuckType(type);
    return { name, incoming, type: columnType(incoming) };
  });
  await createTable(session, table, columns, request.mode === 'upsert' ? request.key : []);
  return columns;
}

/** With its schema; `key` becomes the primary key unless it is empty. */
export async function createTable(
  session: Session,
  table: TableName,
  columns: readonly { readonly name: string; readonly type: string }[],
  key: readonly string[],
): Promise<void> {
  const schema = await session.query('SELECT FROM pg_namespace WHERE nspname = $1', [table.schema]);
  if (schema.rowCount === 0) {
    const name = quoteName(table.schema);
    // Those who make other tables hold other locks.
    await lock(session, `schema ${name}`);
    await session.query(`CREATE SCHEMA IF NOT EXISTS ${name}`);
  }
  const parts = columns.map(({ name, type }) => `${quoteName(name)} ${type}`);
  if (key.length > 0) parts.push(`PRIMARY KEY (${key.map(quoteName).join(', ')})`);
  await session.query(`CREATE TABLE ${table.sql} (${parts.join(', ')})`);
}

async function add(session: Session, table: TableName, column: Column): Promise<string> {
  const type = columnType(parseDuckType(column.type));
  await session.query(`ALTER TABLE ${table.sql} ADD COLUMN ${quoteName(column.name)} ${type}`);
  return type;
}

/** Answers the type that the column then has, and what to cast to. */
async function widen(
  session: Session,
  table: TableName,
  existing: ExistingColumn,
  column: Column,
  records: Records,
): Promise<Pick<TargetColumn, 'type' | 'cast'>> {
  const fit = fitColumn(existing.type, parseDuckType(column.type));
  const alter = async (to: string): Promise<{ type: string }> => {
    await session.query(`ALTER TABLE ${table.sql} ALTER COLUMN ${quoteName(column.name)} TYPE ${to}`);
    return { type: to };
  };
  switch (fit.fit) {
    case 'as-is':
      return { type: existing.type };
    case 'widen':
      return alter(fit.to);
    case 'length': {
      const longest = await records.longest(column.name);
      if (longest <= fit.most) return { type: existing.type };
      // Doubling keeps the number of changes small when every load brings a slightly longer text.
      return alter(existing.type.replace(/\d+/, String(Math.max(longest, fit.most * 2))));
    }
    case 'exact': {
      const lost = await records.inexact(column, fit.as);
      if (lost === 0) return { type: existing.type, cast: fit.as };
      throw misfit(existing, column, `${lost} values would change`);
    }
    case 'never':
      throw misfit(existing, column, 'the types have nothing in common');
  }
}

function misfit(existing: ExistingColumn, column: Column, why: string): HeadgateError {
  return new HeadgateError(
    'destination_failed',
    `column '${column.name}' is ${existing.type}, and ${column.type} arrives: ${why}`,
    { hint: `add a transform such as cast: {${column.name}: …}, or alter the column` },
  );
}

/** Throws `destination_failed` unless there is a unique index on exactly these columns. */
export async function requireUnique(session: Session, { sql }: TableName, key: readonly string[]): Promise<void> {
  const { rows } = await session.query<{ columns: readonly string[] }>(
    `SELECT array_agg(a.attname::text ORDER BY a.attname) AS columns
     FROM pg_index AS i JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = ANY ((i.indkey::int2[])[0:i.indnkeyatts - 1])
     WHERE i.indrelid = to_regclass($1) AND i.indisunique AND i.indisvalid AND i.indimmediate AND i.indpred IS NULL AND i.indexprs IS NULL
     GROUP BY i.indexrelid`,
    [sql],
  );
  const wanted = JSON.stringify([...key].sort());
  if (rows.some(({ columns }) => JSON.stringify([...columns].sort()) === wanted)) return;
  const list = key.map(quoteName).join(', ');
  throw new HeadgateError('destination_failed', `upsert needs a unique index on exactly (${list}), and there is none`, {
    hint: `CREATE UNIQUE INDEX ON ${sql} (${list})`,
  });
}

/** A relation's answers to `Records`. */
export const recordsOf = (relation: string, count: (sql: string) => Promise<number>): Records => ({
  longest: (column) => count(`SELECT coalesce(max(length(CAST(${quoteName(column)} AS VARCHAR))), 0) FROM ${relation}`),
  inexact: ({ name, type }, as) => {
    const ref = quoteName(name);
    return count(
      `SELECT count(*) FROM ${relation} WHERE TRY_CAST(TRY_CAST(${ref} AS ${as}) AS ${type}) IS DISTINCT FROM ${ref}`,
    );
  },
});
