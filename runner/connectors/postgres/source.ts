/** Reads a table or query in one snapshot, by COPY, into a table of the engine. */
import { randomBytes } from 'node:crypto';
import type { Readable } from 'node:stream';
import { HeadgateError, messageOf } from '../../../foundation/errors.ts';
import type { ConnectorContext, Extract, ReadRequest, Source } from '../../ports.ts';
import { quoteName, quoteText } from '../../quote.ts';
import { describeSelect } from './describe.ts';
import { RowMeter } from './meter.ts';
import { parseTableName } from '../relational/names.ts';
import { pour } from './pipe.ts';
import { readingOf, type Reading, type SourceColumn } from './read-types.ts';
import { Session } from './session.ts';
import type { PostgresSettings } from './settings.ts';

/** How DuckDB reads the copied text, in bytes: small buffers overlap better, and longer records are rare. */
interface Buffers {
  readonly line: number;
  readonly buffer: number;
}
const USUAL: Buffers = { line: 2 * 1024 ** 2, buffer: 8 * 1024 ** 2 };
const LARGE: Buffers = { line: 128 * 1024 ** 2, buffer: 136 * 1024 ** 2 };

interface ReadColumn extends SourceColumn {
  readonly reading: Reading;
}

export function postgresSource(settings: PostgresSettings, ctx: ConnectorContext): Source {
  return {
    open: async (request) => {
      const select = selectOf(request, settings);
      const attempt = async (buffers: Buffers): Promise<Extract> => {
        const session = await Session.open(settings, ctx, 'source_failed');
        try {
          return await session.guard(nameOf(request), () => read(session, select, request, settings, ctx, buffers));
        } finally {
          await session.close();
        }
      };
      return attempt(USUAL).catch((error: unknown) => {
        if (/maximum line size/i.test(messageOf(error))) return attempt(LARGE);
        throw error;
      });
    },
  };
}

const nameOf = ({ stream, query }: ReadRequest): string => (query === undefined ? `table ${stream}` : 'the query');

function selectOf({ stream, query }: ReadRequest, settings: PostgresSettings): string {
  if (query !== undefined) return query.trim().replace(/;+$/, '');
  if (stream !== undefined) return `SELECT * FROM ${parseTableName(stream, settings.schema ?? 'public').sql}`;
  throw new HeadgateError('invalid_settings', 'a source of connector postgres needs `stream` or `query`', {
    hint: 'stream: schema.table',
  });
}

async function read(
  session: Session,
  select: string,
  request: ReadRequest,
  settings: PostgresSettings,
  ctx: ConnectorContext,
  buffers: Buffers,
): Promise<Extract> {
  await session.begin('ISOLATION LEVEL REPEATABLE READ READ ONLY');
  const columns = (await describeSelect(session, select)).map((column) => ({
    ...column,
    reading: readingOf(column, settings.numeric ?? 'text'),
  }));
  refuseUnreadable(columns);
  const copy = copyStatement(select, columns, request);
  const table = `postgres_${randomBytes(6).toString('hex')}`;
  const meter = new RowMeter(ctx.progress);
  let copied = 0;
  const open = (): Readable => {
    const out = session.copyOut(copy);
    out.on('data', (chunk: Buffer) => meter.add(chunk));
    out.on('close', () => (copied = out.rowCount));
    return out;
  };
  try {
    await pour(ctx.scratch, open, (path) => request.duck.run(createTable(table, path, columns, buffers)));
  } catch (error) {
    // What arrived before the server failed is no result, and a retry should not have to hold it too.
    await request.duck.run(`DROP TABLE IF EXISTS ${table}`).catch(() => undefined);
    throw duckFailure(error, columns);
  }
  await session.query('COMMIT');
  meter.finish(copied);
  await verify(request, table, copied);
  return { form: 'sql', relation: table, filtered: true, estimate: copied };
}

function refuseUnreadable(columns: readonly SourceColumn[]): void {
  if (columns.length === 0) throw new HeadgateError('source_failed', 'it has no columns');
  const seen = new Map<string, string>();
  for (const { name } of columns) {
    const other = seen.get(name.toLowerCase());
    if (other !== undefined) {
      throw new HeadgateError(
        'source_failed',
        `columns '${other}' and '${name}' differ at most in upper and lower case`,
        {
          hint: 'name them apart in a `query`',
        },
      );
    }
    seen.set(name.toLowerCase(), name);
  }
}

function copyStatement(select: string, columns: readonly ReadColumn[], request: ReadRequest): string {
  const list = columns.map(({ name, reading }) => reading.select(`q.${quoteName(name)}`));
  // A lone empty text would be an empty line, which DuckDB leaves out.
  if (list.length === 1) list.push('0');
  const limit = request.limit === undefined ? '' : ` LIMIT ${Math.ceil(request.limit)}`;
  return `COPY (SELECT ${list.join(', ')} FROM (${select}\n) AS q${condition(columns, request)}${limit}) TO STDOUT`;
}

/** Compares as DuckDB does when it looks for the highest cursor: numbers and times by value, texts by their bytes. */
function condition(columns: readonly ReadColumn[], { incremental }: ReadRequest): string {
  if (incremental === undefined) return '';
  const column =
    columns.find(({ name }) => name === incremental.cursor) ??
    columns.find(({ name }) => name.toLowerCase() === incremental.cursor.toLowerCase());
  if (column === undefined) {
    throw new HeadgateError(
      'source_failed',
      `the incremental cursor '${incremental.cursor}' is not among the columns`,
      {
        hint: `columns: ${columns.map(({ name }) => name).join(', ')}`,
      },
    );
  }
  const { order } = column.reading;
  if (order === 'none') {
    throw new HeadgateError(
      'source_failed',
      `'${column.name}' of type ${column.type} cannot be an incremental cursor`,
      {
        hint: 'cast it in a `query`, for example to bigint, numeric(20,0) or timestamptz',
      },
    );
  }
  if (incremental.after === null) return '';
  const ref = `q.${quoteName(column.name)}`;
  const after = quoteText(incremental.after.replace(/^(\S+) \(BC\)(.*)$/, '$1$2 BC'));
  return order === 'bytes'
    ? ` WHERE (${ref}::text COLLATE "C") > ${after}`
    : ` WHERE ${ref} > CAST(${after} AS ${column.type})`;
}

function createTable(table: string, path: string, columns: readonly ReadColumn[], { line, buffer }: Buffers): string {
  const raw = columns.map(({ reading }, index) => `c${index}: '${reading.raw}'`);
  if (columns.length === 1) raw.push("c1: 'VARCHAR'");
  const list = columns.map(({ name, reading }, index) => `${reading.decode(`c${index}`)} AS ${quoteName(name)}`);
  return `CREATE OR REPLACE TABLE ${table} AS SELECT ${list.join(', ')} FROM read_csv(${quoteText(path)},
    columns = {${raw.join(', ')}}, auto_detect = false, header = false, delim = '\t', quote = '', escape = '',
    new_line = '\\n', nullstr = '\\N', max_line_size = ${line}, buffer_size = ${buffer})`;
}

/** A pipe that lost a row would otherwise go unseen. */
async function verify({ duck }: ReadRequest, table: string, copied: number): Promise<void> {
  const reader = await duck.runAndReadAll(`SELECT count(*) FROM ${table}`);
  const arrived = Number(reader.getRows()[0]?.[0]);
  if (arrived === copied) return;
  throw new HeadgateError('source_failed', `the server sent ${copied} rows, but ${arrived} arrived`, {
    retryable: true,
  });
}

/** What DuckDB says about a value it cannot hold, with the column's own name and without its advice. */
function duckFailure(error: unknown, columns: readonly ReadColumn[]): unknown {
  const message = messageOf(error);
  const found = /column "c(\d+)"\. (Could not convert string "(?:[^"]|"")*" to '[^']*')/.exec(message);
  if (found === null) return error;
  const column = columns[Number(found[1])]!;
  return new HeadgateError('source_failed', `column '${column.name}' of type ${column.type}: ${found[2]}`, {
    cause: error,
    hint: 'cast it in a `query`, for example to text',
  });
}
