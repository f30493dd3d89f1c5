/**
 * Records of a source that knows its columns: appended to a table chunk by chunk. A few types are appended as they are;
 * all others travel as text, and DuckDB casts them, so that decimals, dates and nested values keep every digit.
 */
import { setImmediate } from 'node:timers/promises';
import type * as duckdb from '@duckdb/node-api';
import { HeadgateError } from '../../foundation/errors.ts';
import type { Column, Row } from '../ports.ts';
import { quoteName } from '../quote.ts';
import type { Job } from './job.ts';

/** DuckDB's vector size: the most rows a chunk takes. */
const CHUNK_ROWS = 2048;

type Api = typeof duckdb;

interface StagedColumn {
  readonly column: Column;
  readonly type: duckdb.DuckDBType;
  /** Encodes a value that is neither null nor undefined. */
  readonly encode: (value: unknown) => duckdb.DuckDBValue;
}

/** A relation over all records of `batches`, at most `limit`, with exactly the types of `columns`. */
export async function stageTyped(
  job: Job,
  columns: readonly Column[],
  batches: AsyncIterable<readonly Row[]>,
  table: string,
  limit: number,
): Promise<string> {
  const api = await import('@duckdb/node-api');
  const staged = columns.map((column) => stagedColumn(api, column));
  const definitions = staged.map(({ column, type }) => `${quoteName(column.name)} ${type.toString()}`);
  await job.duck.run(`CREATE TABLE ${table} (${definitions.join(', ')})`);
  const appender = await job.duck.connection.createAppender(table);
  try {
    let rows = 0;
    for await (const batch of batches) {
      job.signal.throwIfAborted();
      const taken = batch.slice(0, limit - rows);
      for (let at = 0; at < taken.length; at += CHUNK_ROWS) {
        appender.appendDataChunk(chunkOf(api, staged, taken.slice(at, at + CHUNK_ROWS)));
        // Appending waits for nothing: without this, heartbeats and timeouts would starve.
        await setImmediate();
        job.signal.throwIfAborted();
      }
      rows += taken.length;
      job.progress.add(taken.length);
      if (rows >= limit) break;
    }
    appender.flushSync();
  } finally {
    appender.closeSync();
  }
  const casts = staged.map(({ column, type }) => {
    const name = quoteName(column.name);
    return type.toString() === column.type.toUpperCase() ? name : `${castOf(name, column.type)} AS ${name}`;
  });
  return `(SELECT ${casts.join(', ')} FROM ${table})`;
}

function chunkOf(api: Api, staged: readonly StagedColumn[], rows: readonly Row[]) {
  const chunk = api.DuckDBDataChunk.create(staged.map(({ type }) => type));
  chunk.setColumns(
    staged.map(({ column, encode }) => {
      try {
        return rows.map((row) => {
          const value = row[column.name];
          return value === null || value === undefined ? null : encode(value);
        });
      } catch (cause) {
        throw new HeadgateError('source_failed', `a value of column '${column.name}' is not ${column.type}`, { cause });
      }
    }),
  );
  return chunk;
}

const INTEGERS = /^(?:TINYINT|SMALLINT|INTEGER|BIGINT|UTINYINT|USMALLINT|UINTEGER)$/;

function stagedColumn(api: Api, column: Column): StagedColumn {
  const type = column.type.toUpperCase();
  if (INTEGERS.test(type)) return { column, type: api.BIGINT, encode: integer };
  if (type === 'FLOAT' || type === 'DOUBLE') return { column, type: api.DOUBLE, encode: double };
  if (type === 'BOOLEAN') return { column, type: api.BOOLEAN, encode: boolean };
  if (type === 'BLOB') return { column, type: api.BLOB, encode: (value) => new api.DuckDBBlobValue(bytes(value)) };
  if (type === 'JSON') return { column, type: api.VARCHAR, encode: jsonText };
  return { column, type: api.VARCHAR, encode: text };
}

const NESTED = /^(?:STRUCT|MAP|UNION)\b|\]$/;

// Nested values travel as JSON, which casts to them member by member.
const castOf = (name: string, type: string): string =>
  NESTED.test(type.toUpperCase()) ? `CAST(CAST(${name} AS JSON) AS ${type})` : `CAST(${name} AS ${type})`;

// A vector of 64-bit integers would cut off what is longer without a word.
const integer = (value: unknown): bigint => {
  const exact = wholeNumber(value);
  if (BigInt.asIntN(64, exact) !== exact) throw new RangeError('beyond 64 bits');
  return exact;
};

function wholeNumber(value: unknown): bigint {
  if (typeof value === 'bigint') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return BigInt(value);
  if (typeof value === 'string' && /^\s*[+-]?\d+\s*$/.test(value)) return BigInt(value.trim().replace(/^\+/, ''));
  throw new TypeError('not an integer');
}

const double = (value: unknown): number => {
  // `Number('')` is 0.
  if (typeof value === 'string' && value.trim() === '') throw new TypeError('not a number');
  const number = typeof value === 'number' ? value : Number(value);
  if (Number.isNaN(number) && value !== 'NaN' && !Number.isNaN(value)) throw new TypeError('not a number');
  return number;
};

const boolean = (value: unknown): boolean => {
  if (typeof value === 'boolean') return value;
  if (value === 1 || value === 'true' || value === 't' || value === 1n) return true;
  if (value === 0 || value === 'false' || value === 'f' || value === 0n) return false;
  throw new TypeError('not a boolean');
};

const bytes = (value: unknown): Uint8Array => (value instanceof Uint8Array ? value : Buffer.from(text(value)));

function text(value: unknown): string {
  if (typeof value === 'string') return value;
  if (value instanceof Date) return value.toISOString();
  return typeof value === 'object' ? JSON.stringify(value, withDigits) : String(value);
}

/** A string is taken for JSON text where it is some, since drivers differ in whether they parse it. */
function jsonText(value: unknown): string {
  if (typeof value !== 'string') return JSON.stringify(value, withDigits);
  try {
    JSON.parse(value);
    return value;
  } catch {
    return JSON.stringify(value);
  }
}

/** A replacer of `JSON.stringify`. It looks at the value itself, since a Buffer is asked for its `toJSON` before. */
function withDigits(this: unknown, key: string, value: unknown): unknown {
  const own = (this as Record<string, unknown>)[key];
  if (own instanceof Uint8Array) return Buffer.from(own).toString('base64');
  return typeof value === 'bigint' ? String(value) : value;
}
