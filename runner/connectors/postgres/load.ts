/**
 * Loads the Parquet output of a run by COPY, in one transaction: readers see the old content or the new, and an abort or
 * a lost connection leaves the old.
 *
 * overwrite empties the table with TRUNCATE in that transaction, so grants, indexes, views and triggers stay; readers
 * wait for the end of the load. Its indexes are built again after the rows. A table that others refer to cannot be
 * truncated: it is emptied by DELETE.
 * upsert copies into a temporary table first, and then inserts from it.
 */
import type { DuckDBConnection } from '@duckdb/node-api';
import { HeadgateError } from '../../../foundation/errors.ts';
import type { ConnectorContext, LoadInput, WriteRequest } from '../../ports.ts';
import { quoteName, quoteText } from '../../quote.ts';
import { dropIndexes } from './indexes.ts';
import { RowMeter } from './meter.ts';
import type { TableName } from '../relational/names.ts';
import { draw } from './pipe.ts';
import type { Session } from './session.ts';
import { ensureTable, recordsOf, type TargetColumn } from './table.ts';
import { encode } from './write-types.ts';

/** What the DuckDB that writes the text may hold; it streams, but for the keys of an upsert, which spill. */
const TEXT_MEMORY = '256MB';

export async function load(
  session: Session,
  table: TableName,
  request: WriteRequest,
  input: LoadInput,
  ctx: ConnectorContext,
): Promise<number> {
  await session.begin();
  const relation = `read_parquet(${quoteText(input.parquet)})`;
  const count = async (sql: string): Promise<number> =>
    Number((await input.duck.runAndReadAll(sql)).getRows()[0]?.[0] ?? 0);
  if (request.mode === 'upsert') await refuseNullKeys(request.key, relation, count);
  const columns = await ensureTable(session, table, request, recordsOf(relation, count));
  const copy = (into: string, from: string): Promise<number> => copyRows(session, ctx, into, columns, from);
  let loaded: number;
  if (request.mode === 'upsert') {
    const staging = await createStaging(session, table, columns);
    loaded = await copy(staging, lastOfEachKey(input.parquet, request.key));
    await session.query(upsertStatement(table, staging, columns, request.key));
  } else {
    const truncated = request.mode === 'overwrite' && (await empty(session, table));
    const rebuild = truncated ? await dropIndexes(session, table, input.rows) : [];
    loaded = await copy(table.sql, relation);
    for (const statement of rebuild) await session.query(statement);
  }
  await session.commit();
  return loaded;
}

async function refuseNullKeys(
  key: readonly string[],
  relation: string,
  count: (sql: string) => Promise<number>,
): Promise<void> {
  const isNull = key.map((name) => `${quoteName(name)} IS NULL`).join(' OR ');
  const nulls = await count(`SELECT count(*) FROM ${relation} WHERE ${isNull}`);
  if (nulls > 0) throw nullKeys(key, nulls);
}

export const nullKeys = (key: readonly string[], count: number): HeadgateError =>
  new HeadgateError('destination_failed', `the key (${key.join(', ')}) is null in ${count} records`, {
    hint: 'filter them out, or choose a key that every record has',
  });

/** `file_row_number` is the position in the file, so the last of equal keys is well-defined. */
function lastOfEachKey(parquet: string, key: readonly string[]): string {
  return `(SELECT * EXCLUDE (file_row_number) FROM read_parquet(${quoteText(parquet)}, file_row_number = true)
    QUALIFY row_number() OVER (PARTITION BY ${key.map(quoteName).join(', ')} ORDER BY file_row_number DESC) = 1)`;
}

/** A temporary table with the types of the target, gone with the transaction. */
export async function createStaging(
  session: Session,
  table: TableName,
  columns: readonly TargetColumn[],
): Promise<string> {
  const staging = 'pg_temp.headgate_staging';
  await session.query(
    `CREATE TEMPORARY TABLE headgate_staging ON COMMIT DROP AS SELECT ${list(columns)} FROM ${table.sql} WITH NO DATA`,
  );
  return staging;
}

export function upsertStatement(
  table: TableName,
  staging: string,
  columns: readonly TargetColumn[],
  key: readonly string[],
): string {
  const updates = columns
    .filter(({ name }) => !key.includes(name))
    .map(({ name }) => `${quoteName(name)} = EXCLUDED.${quoteName(name)}`);
  const action = updates.length === 0 ? 'DO NOTHING' : `DO UPDATE SET ${updates.join(', ')}`;
  return `INSERT INTO ${table.sql} (${list(columns)}) OVERRIDING SYSTEM VALUE SELECT ${list(columns)} FROM ${staging}
    ON CONFLICT (${key.map(quoteName).join(', ')}) ${action}`;
}

/** Answers whether the table could be truncated. */
export async function empty(session: Session, { sql }: TableName): Promise<boolean> {
  const { rowCount } = await session.query(
    `SELECT FROM pg_constraint WHERE contype = 'f' AND confrelid = to_regclass($1) AND conrelid <> confrelid LIMIT 1`,
    [sql],
  );
  await session.query(rowCount === 0 ? `TRUNCATE ${sql}` : `DELETE FROM ${sql}`);
  return rowCount === 0;
}

/** Runs COPY from the relation's text and answers how many rows the server took. */
async function copyRows(
  session: Session,
  ctx: ConnectorContext,
  into: string,
  columns: readonly TargetColumn[],
  relation: string,
): Promise<number> {
  const { DuckDBInstance } = await import('@duckdb/node-api');
  // An instance of its own: one thread that need not keep the order writes without anybody waiting busily for the pipe.
  const instance = await DuckDBInstance.create(':memory:', {
    threads: '1',
    preserve_insertion_order: 'false',
    memory_limit: TEXT_MEMORY,
    temp_directory: ctx.scratch,
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
  });
  const duck = await instance.connect();
  const interrupt = (): void => duck.interrupt();
  ctx.signal.addEventListener('abort', interrupt);
  try {
    return await copyText(session, ctx, duck, into, columns, relation);
  } finally {
    ctx.signal.removeEventListener('abort', interrupt);
    duck.closeSync();
    instance.closeSync();
  }
}

async function copyText(
  session: Session,
  ctx: ConnectorContext,
  duck: DuckDBConnection,
  into: string,
  columns: readonly TargetColumn[],
  relation: string,
): Promise<number> {
  await duck.run("SET TimeZone = 'UTC'");
  const texts = columns.map((column, index) => `${textOf(column)} AS c${index}`);
  const meter = new RowMeter(ctx.progress);
  let rows = 0;
  await draw(
    ctx.scratch,
    (path) =>
      duck.run(
        `COPY (SELECT ${texts.join(', ')} FROM ${relation}) TO ${quoteText(path)} (FORMAT csv, HEADER false,
         DELIMITER '\t', QUOTE '', ESCAPE '', NULLSTR '\\N', USE_TMP_FILE false)`,
      ),
    () => {
      const sink = session.copyIn(`COPY ${into} (${list(columns)}) FROM STDIN`);
      sink.on('finish', () => (rows = sink.rowCount));
      sink.on('pipe', (source) => source.on('data', (chunk: Buffer) => meter.add(chunk)));
      return sink;
    },
  );
  meter.finish(rows);
  return rows;
}

function textOf({ name, incoming, type, cast }: TargetColumn): string {
  const ref = quoteName(name);
  return cast === undefined ? encode(incoming, ref, type) : `CAST(${ref} AS ${cast})`;
}

const list = (columns: readonly TargetColumn[]): string => columns.map(({ name }) => quoteName(name)).join(', ');
