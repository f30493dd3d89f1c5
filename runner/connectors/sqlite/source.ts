import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import { HeadgateError } from '../../../foundation/errors.ts';
import type { Column, ConnectorContext, Extract, ReadRequest, Row, Source } from '../../ports.ts';
import { quoteName } from '../../quote.ts';
import type { SqliteSettings } from '../sqlite.ts';
import { openDatabase, sqliteError, whenFree } from './database.ts';
import { findColumns, type FoundColumn } from './find-columns.ts';

const BATCH_ROWS = 2048;

export function sqliteSource(settings: SqliteSettings, ctx: ConnectorContext): Source {
  return {
    open: async (request) => {
      const what = request.query === undefined ? `table ${request.stream}` : 'the query';
      const select = selectOf(request);
      const database = await openDatabase(settings, ctx, 'source_failed');
      try {
        // One read transaction: the look at the types and the read see the same rows.
        database.exec('BEGIN');
        const columns = await whenFree(settings, ctx, () => findColumns(database, select, request.limit, ctx.signal));
        const where = condition(columns, request);
        const limit = request.limit === undefined ? '' : ` LIMIT ${Math.ceil(request.limit)}`;
        const sql = `SELECT * FROM (${select}\n)${where.sql}${limit}`;
        return {
          form: 'rows',
          columns,
          filtered: where.filtered,
          batches: batches(database, sql, where.values, columns, ctx, what),
        } satisfies Extract;
      } catch (error) {
        database.close();
        ctx.signal.throwIfAborted();
        throw sqliteError(error, 'source_failed', what);
      }
    },
  };
}

function selectOf({ stream, query }: ReadRequest): string {
  if (query !== undefined) return query.trim().replace(/;+$/, '');
  if (stream !== undefined) return `SELECT * FROM ${quoteName(stream)}`;
  throw new HeadgateError('invalid_settings', 'a source of connector sqlite needs `stream` or `query`', {
    hint: 'stream: the name of a table',
  });
}

interface Condition {
  readonly sql: string;
  readonly values: readonly SQLInputValue[];
  readonly filtered: boolean;
}

/**
 * Numbers and texts compare as in DuckDB; times are texts of any form here, so the engine compares those itself. It also
 * compares texts among which there are numbers: for SQLite, any text is past any number.
 */
function condition(columns: readonly FoundColumn[], { incremental }: ReadRequest): Condition {
  const all: Condition = { sql: '', values: [], filtered: false };
  if (incremental === undefined || incremental.after === null) return all;
  const column = columns.find(({ name }) => name.toLowerCase() === incremental.cursor.toLowerCase());
  if (column === undefined) return all;
  const past = (value: SQLInputValue): Condition => ({
    sql: ` WHERE ${quoteName(column.name)} > ? COLLATE BINARY`,
    values: [value],
    filtered: true,
  });
  if (column.type === 'VARCHAR' && column.onlyTexts) return past(incremental.after);
  if (column.type === 'BIGINT' && /^-?\d+$/.test(incremental.after)) return past(BigInt(incremental.after));
  return all;
}

async function* batches(
  database: DatabaseSync,
  sql: string,
  values: readonly SQLInputValue[],
  columns: readonly Column[],
  ctx: ConnectorContext,
  what: string,
): AsyncGenerator<readonly Row[]> {
  const booleans = columns.filter(({ type }) => type === 'BOOLEAN').map(({ name }) => name);
  try {
    const statement = database.prepare(sql);
    statement.setReadBigInts(true);
    let batch: Row[] = [];
    for (const found of statement.iterate(...values)) {
      const row: Row = found;
      for (const name of booleans) if (row[name] !== null) row[name] = row[name] !== 0n;
      batch.push(row);
      if (batch.length < BATCH_ROWS) continue;
      ctx.signal.throwIfAborted();
      yield batch;
      batch = [];
    }
    ctx.signal.throwIfAborted();
    if (batch.length > 0) yield batch;
  } catch (error) {
    ctx.signal.throwIfAborted();
    throw sqliteError(error, 'source_failed', what);
  } finally {
    database.close();
  }
}
