/** Copies what is asked for into a Parquet file of the run, so that the database file is free again at once. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { HeadgateError } from '../../../foundation/errors.ts';
import type { Column, ConnectorContext, Extract, ReadRequest, Source } from '../../ports.ts';
import { quoteName, quotePath, quoteText } from '../../quote.ts';
import type { DuckdbSettings } from '../duckdb.ts';
import { parseTableName } from '../relational/names.ts';
import { describe, withFile } from './file.ts';

export function duckdbSource(settings: DuckdbSettings, ctx: ConnectorContext): Source {
  return {
    open: async (request) => {
      const select = selectOf(request);
      const what = request.query === undefined ? `table ${request.stream}` : 'the query';
      return withFile(settings, ctx, 'source_failed', what, (duck) => copy(duck, select, request, ctx));
    },
  };
}

function selectOf({ stream, query }: ReadRequest): string {
  if (query !== undefined) return query.trim().replace(/;+$/, '');
  if (stream !== undefined) return `SELECT * FROM ${parseTableName(stream, 'main').sql}`;
  throw new HeadgateError('invalid_settings', 'a source of connector duckdb needs `stream` or `query`', {
    hint: 'stream: schema.table',
  });
}

async function copy(
  duck: DuckDBConnection,
  select: string,
  request: ReadRequest,
  ctx: ConnectorContext,
): Promise<Extract> {
  const path = join(ctx.scratch, `duckdb-${randomBytes(6).toString('hex')}.parquet`);
  const relation = `(${select}\n)`;
  const columns = await describe(duck, `SELECT * FROM ${relation}`);
  const list = columns.map(({ name, type }) => `${storable(quoteName(name), type)} AS ${quoteName(name)}`);
  const limit = request.limit === undefined ? '' : ` LIMIT ${Math.ceil(request.limit)}`;
  const result = await duck.run(
    `COPY (SELECT ${list.join(', ')} FROM ${relation}${condition(columns, request)}${limit})
     TO ${quoteText(path)} (FORMAT parquet, COMPRESSION lz4_raw)`,
  );
  const rows = result.rowsChanged;
  ctx.progress(rows);
  return {
    form: 'sql',
    relation: `read_parquet(${quotePath(path)}, hive_partitioning = false)`,
    filtered: true,
    estimate: rows,
  };
}

function condition(columns: readonly Column[], { incremental }: ReadRequest): string {
  if (incremental === undefined || incremental.after === null) return '';
  const column = columns.find(({ name }) => name.toLowerCase() === incremental.cursor.toLowerCase());
  if (column === undefined) {
    throw new HeadgateError(
      'source_failed',
      `the incremental cursor '${incremental.cursor}' is not among the columns`,
      {
        hint: `columns: ${columns.map(({ name }) => name).join(', ')}`,
      },
    );
  }
  return ` WHERE ${quoteName(column.name)} > CAST(${quoteText(incremental.after)} AS ${column.type})`;
}

/** Parquet has no 128-bit integers and cuts intervals to milliseconds and times to their UTC. */
function storable(ref: string, type: string): string {
  if (type === 'HUGEINT' || type === 'UHUGEINT') return `CAST(${ref} AS DECIMAL(38,0))`;
  if (/^(?:INTERVAL|TIME WITH TIME ZONE|BIT|BIGNUM|VARIANT|UNION\(.*|ENUM\(.*)$/s.test(type)) {
    return `CAST(${ref} AS VARCHAR)`;
  }
  return ref;
}
