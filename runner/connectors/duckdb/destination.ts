/** Loads the run's Parquet file within one transaction: until COMMIT, and after a crash, the file holds the old content. */
import type { DuckDBConnection } from '@duckdb/node-api';
import { HeadgateError } from '../../../foundation/errors.ts';
import type { Column, ConnectorContext, LoadInput, WriteRequest } from '../../ports.ts';
import { quoteName, quotePath, quoteText } from '../../quote.ts';
import type { DuckdbSettings } from '../duckdb.ts';
import { columnType, parseDuckType } from '../relational/column-types.ts';
import { fitColumn } from '../relational/fit.ts';
import { parseTableName, type TableName } from '../relational/names.ts';
import { countOf, describe, withFile } from './file.ts';

export async function loadFile(
  settings: DuckdbSettings,
  ctx: ConnectorContext,
  request: WriteRequest,
  input: LoadInput,
): Promise<number> {
  if (request.stream === undefined) {
    throw new HeadgateError('invalid_settings', 'a destination of connector duckdb needs `stream`', {
      hint: 'stream: schema.table',
    });
  }
  const table = parseTableName(request.stream, 'main');
  return withFile(settings, ctx, 'destination_failed', `table ${table.sql}`, async (duck, shield) => {
    await duck.run('BEGIN');
    const rows = await load(duck, table, request, input.parquet);
    ctx.signal.throwIfAborted();
    shield();
    await duck.run('COMMIT');
    ctx.progress(rows);
    return rows;
  });
}

async function load(duck: DuckDBConnection, table: TableName, request: WriteRequest, parquet: string): Promise<number> {
  const names = request.columns.map(({ name }) => quoteName(name)).join(', ');
  const file = `read_parquet(${quotePath(parquet)}, file_row_number = true, hive_partitioning = false)`;
  const key = request.key.map(quoteName);
  if (request.mode === 'upsert') {
    const nulls = await countOf(
      duck,
      `SELECT count(*) FROM ${file} WHERE ${key.map((name) => `${name} IS NULL`).join(' OR ')}`,
    );
    if (nulls > 0) {
      throw new HeadgateError('destination_failed', `the key (${request.key.join(', ')}) is null in ${nulls} records`, {
        hint: 'filter them out, or choose a key that every record has',
      });
    }
  }
  await ensureTable(duck, table, request, file);
  const insert = `INSERT INTO ${table.sql} (${names}) SELECT ${names} FROM ${file}`;
  if (request.mode !== 'upsert') return (await duck.run(insert)).rowsChanged;
  const updates = request.columns
    .filter(({ name }) => !request.key.includes(name))
    .map(({ name }) => `${quoteName(name)} = excluded.${quoteName(name)}`);
  await duck.run(
    `${insert} QUALIFY row_number() OVER (PARTITION BY ${key.join(', ')} ORDER BY file_row_number DESC) = 1
     ON CONFLICT (${key.join(', ')}) DO ${updates.length === 0 ? 'NOTHING' : `UPDATE SET ${updates.join(', ')}`}`,
  );
  return countOf(duck, `SELECT count(*) FROM (SELECT DISTINCT ${key.join(', ')} FROM ${file})`);
}

/** Creates or empties the table, adds what it lacks, and widens what is too narrow. */
async function ensureTable(
  duck: DuckDBConnection,
  table: TableName,
  request: WriteRequest,
  file: string,
): Promise<void> {
  const exists = await countOf(
    duck,
    `SELECT count(*) FROM duckdb_tables() WHERE database_name = current_database()
     AND schema_name = ${quoteText(table.schema)} AND table_name = ${quoteText(table.table)}`,
  );
  if (exists === 0) {
    await duck.run(`CREATE SCHEMA IF NOT EXISTS ${quoteName(table.schema)}`);
    const columns = request.columns.map(({ name, type }) => `${quoteName(name)} ${type}`);
    if (request.mode === 'upsert') columns.push(`PRIMARY KEY (${request.key.map(quoteName).join(', ')})`);
    await duck.run(`CREATE TABLE ${table.sql} (${columns.join(', ')})`);
    return;
  }
  if (request.mode === 'upsert') await requireUnique(duck, table, request.key);
  if (request.mode === 'overwrite') await recreate(duck, table);
  const existing = await describe(duck, `SELECT * FROM ${table.sql}`);
  for (const column of request.columns) {
    const found = existing.find(({ name }) => name.toLowerCase() === column.name.toLowerCase());
    if (found === undefined) {
      await duck.run(`ALTER TABLE ${table.sql} ADD COLUMN ${quoteName(column.name)} ${column.type}`);
    } else if (found.type !== column.type) {
      await widen(duck, table, found, column, file);
    }
  }
}

/**
 * Empties the table by making it anew from its own definition, indexes too: DuckDB checks a deleted key against an
 * inserted one within the same transaction.
 */
async function recreate(duck: DuckDBConnection, { schema, table, sql }: TableName): Promise<void> {
  const where = `database_name = current_database() AND schema_name = ${quoteText(schema)} AND table_name = ${quoteText(table)}`;
  const statements = async (from: string): Promise<string[]> =>
    (await duck.runAndReadAll(`SELECT sql FROM ${from} WHERE ${where} AND sql IS NOT NULL`))
      .getRows()
      .map(([text]) => String(text));
  const definitions = [...(await statements('duckdb_tables()')), ...(await statements('duckdb_indexes()'))];
  await duck.run(`DROP TABLE ${sql}`);
  for (const definition of definitions) await duck.run(definition);
}

async function widen(
  duck: DuckDBConnection,
  table: TableName,
  existing: Column,
  column: Column,
  file: string,
): Promise<void> {
  const fit = fitColumn(columnType(parseDuckType(existing.type)), parseDuckType(column.type));
  const misfit = (why: string): HeadgateError =>
    new HeadgateError(
      'destination_failed',
      `column '${column.name}' is ${existing.type}, and ${column.type} arrives: ${why}`,
      {
        hint: `add a transform such as cast: {${column.name}: …}, or alter the column`,
      },
    );
  const ref = quoteName(column.name);
  if (fit.fit === 'as-is') {
    const lost = await countOf(duck, `SELECT count(*) FROM ${file} WHERE ${changed(existing.type, column, ref)}`);
    if (lost > 0) throw misfit(`${lost} values would change`);
  } else if (fit.fit === 'widen') {
    await duck.run(`ALTER TABLE ${table.sql} ALTER COLUMN ${quoteName(existing.name)} TYPE ${fit.to}`);
  } else if (fit.fit === 'never') {
    throw misfit('the types have nothing in common');
  } else if (fit.fit === 'exact') {
    const lost = await countOf(
      duck,
      `SELECT count(*) FROM ${file} WHERE TRY_CAST(TRY_CAST(${ref} AS ${fit.as}) AS ${column.type}) IS DISTINCT FROM ${ref}`,
    );
    if (lost > 0) throw misfit(`${lost} values would change`);
  }
}

/**
 * A condition for values that an implicit cast would change: DuckDB rounds texts to whole numbers, cuts the time off texts
 * that become dates, and drops fields that a structure does not have.
 */
function changed(existing: string, { type }: Column, ref: string): string {
  if (/^(?:VARCHAR|JSON)$/.test(existing)) return 'false';
  if (/^(?:STRUCT|MAP|UNION|JSON)|\]$/.test(type)) {
    return `TRY_CAST(TRY_CAST(${ref} AS ${existing}) AS ${type}) IS DISTINCT FROM ${ref}`;
  }
  if (type !== 'VARCHAR') return 'false';
  const exact = /INT|^DECIMAL/.test(existing) ? 'DECIMAL(38,18)' : existing === 'DATE' ? 'TIMESTAMP' : null;
  if (exact === null) return 'false';
  return `CAST(TRY_CAST(${ref} AS ${existing}) AS ${exact}) IS DISTINCT FROM TRY_CAST(${ref} AS ${exact})`;
}

async function requireUnique(duck: DuckDBConnection, table: TableName, key: readonly string[]): Promise<void> {
  const where = `database_name = current_database() AND schema_name = ${quoteText(table.schema)} AND table_name = ${quoteText(table.table)}`;
  const constraints = await duck.runAndReadAll(
    `SELECT to_json(list_sort(constraint_column_names))::VARCHAR FROM duckdb_constraints()
     WHERE ${where} AND constraint_type IN ('PRIMARY KEY', 'UNIQUE')
     UNION ALL SELECT to_json(list_sort(CAST(expressions AS VARCHAR[])))::VARCHAR FROM duckdb_indexes() WHERE ${where} AND is_unique`,
  );
  const plain = (names: readonly string[]): string =>
    JSON.stringify(names.map((name) => name.replace(/^'?"?(.*?)"?'?$/, '$1').toLowerCase()).sort());
  const wanted = plain(key);
  if (constraints.getRows().some(([names]) => plain(JSON.parse(String(names)) as string[]) === wanted)) return;
  const list = key.map(quoteName).join(', ');
  throw new HeadgateError('destination_failed', `upsert needs a unique index on exactly (${list}), and there is none`, {
    hint: `CREATE UNIQUE INDEX name ON ${table.sql} (${list})`,
  });
}
