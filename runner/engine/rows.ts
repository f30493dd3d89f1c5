/** Rows of a relation as JavaScript has them, a batch at a time. */
import type { DuckDBResult } from '@duckdb/node-api';
import type { Column, Row } from '../ports.ts';
import { parseJson } from '../../store/exact-json.ts';
import { quoteName } from '../quote.ts';
import type { Duck } from './duck.ts';

/**
 * Streams a relation in batches of `size`. Integers are numbers where those are exact, else bigints; decimals numbers up
 * to 15 digits, else texts; timestamps are `Date` (UTC) where milliseconds tell all of them, else texts in the same form with
 * more digits; dates and other types without a JavaScript form are their text; JSON columns, structs and lists are plain
 * objects and arrays, their long integers bigints.
 */
export async function* rowBatches(
  duck: Duck,
  relation: string,
  columns: readonly Column[],
  size: number,
): AsyncGenerator<readonly Row[]> {
  const readers = columns.map(readerOf);
  const list = columns.map((column, index) => `${readers[index]!.sql} AS ${quoteName(column.name)}`);
  const result: DuckDBResult = await duck.connection.stream(`SELECT ${list.join(', ')} FROM ${relation}`);
  let batch: Row[] = [];
  for await (const chunk of result.yieldRowsJs()) {
    for (const values of chunk) {
      const row: Row = {};
      for (const [index, { name }] of columns.entries()) row[name] = readers[index]!.decode(values[index]);
      batch.push(row);
      if (batch.length === size) {
        yield batch;
        batch = [];
      }
    }
  }
  if (batch.length > 0) yield batch;
}

interface Reader {
  readonly sql: string;
  readonly decode: (value: unknown) => unknown;
}

const AS_IS = /^(?:VARCHAR|BOOLEAN|TINYINT|SMALLINT|INTEGER|UTINYINT|USMALLINT|UINTEGER|FLOAT|DOUBLE|BLOB)/;

function readerOf({ name, type }: Column): Reader {
  const column = quoteName(name);
  if (type.endsWith(']') || type.startsWith('STRUCT') || type.startsWith('MAP') || type === 'JSON') {
    return { sql: `CAST(to_json(${column}) AS VARCHAR)`, decode: (value) => parsed(value) };
  }
  if (AS_IS.test(type)) return { sql: column, decode: (value) => value };
  // The text of an instant is in the session's zone, which is not this function's to choose.
  if (type === 'TIMESTAMP WITH TIME ZONE') {
    const offset = `CASE WHEN isfinite(${column}) THEN '+00' ELSE '' END`;
    return { sql: `CAST((${column} AT TIME ZONE 'UTC') AS VARCHAR) || ${offset}`, decode: instant };
  }
  if (type.startsWith('TIMESTAMP')) return { sql: `CAST(${column} AS VARCHAR)`, decode: instant };
  if (type.endsWith('INT')) return { sql: column, decode: exactNumber };
  const decimal = /^DECIMAL\((\d+),/.exec(type);
  if (decimal !== null && Number(decimal[1]) <= 15)
    return { sql: `CAST(${column} AS DOUBLE)`, decode: (value) => value };
  return { sql: `CAST(${column} AS VARCHAR)`, decode: (value) => value };
}

const parsed = (value: unknown): unknown => (typeof value === 'string' ? parseJson(value) : null);

/** DuckDB's text of a timestamp, as `2024-02-29 12:34:56.789+00`; infinity and years of five digits stay text. */
function instant(value: unknown): unknown {
  const found = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(?:\.(\d+))?(?:\+00)?$/.exec(String(value));
  if (found === null) return value;
  const [, day, time, fraction = ''] = found;
  return fraction.length <= 3 ? new Date(`${day}T${time}.${fraction.padEnd(3, '0')}Z`) : `${day}T${time}.${fraction}Z`;
}

function exactNumber(value: unknown): unknown {
  if (typeof value !== 'bigint') return value;
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}
