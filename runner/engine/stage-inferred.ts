/** Records of a source that does not know its columns: spooled as NDJSON, then typed by looking at every one of them. */
import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Row } from '../ports.ts';
import { jsonTable } from '../json-table.ts';
import { quotePath } from '../quote.ts';
import type { Job } from './job.ts';

/** DuckDB's own default for the longest JSON record, in bytes. */
const DEFAULT_MAX_RECORD = 16_777_216;

/**
 * A relation over all records of `batches`, at most `limit`; null when there were none. A column that appears late or
 * changes its type loses nothing: types are chosen only after the last record.
 */
export async function stageInferred(
  job: Job,
  batches: AsyncIterable<readonly Row[]>,
  table: string,
  limit: number,
): Promise<string | null> {
  const path = join(job.scratch, `${table}.ndjson`);
  const { rows, longest } = await spool(job, batches, path, limit);
  if (rows === 0) return null;
  const maxRecord = Math.max(DEFAULT_MAX_RECORD, longest * 4);
  const read = `read_json(${quotePath(path)}, format = 'newline_delimited', sample_size = -1,
    field_appearance_threshold = 0, maximum_object_size = ${maxRecord})`;
  const relation = await jsonTable(job.duck.connection, table, read);
  await rm(path);
  return relation;
}

async function spool(
  job: Job,
  batches: AsyncIterable<readonly Row[]>,
  path: string,
  limit: number,
): Promise<{ rows: number; longest: number }> {
  const file = await open(path, 'w');
  let rows = 0;
  let longest = 0;
  try {
    for await (const batch of batches) {
      job.signal.throwIfAborted();
      const taken = batch.slice(0, limit - rows);
      const lines = taken.map(jsonLine);
      for (const line of lines) longest = Math.max(longest, line.length);
      // `appendFile` writes all of it; `write` may write a part.
      if (lines.length > 0) await file.appendFile(`${lines.join('\n')}\n`);
      rows += taken.length;
      job.progress.add(taken.length);
      if (rows >= limit) break;
    }
  } finally {
    await file.close();
  }
  return { rows, longest };
}

/** JSON of a record; integers of any size keep all digits, bytes become base 64. */
export function jsonLine(row: Row): string {
  for (const key in row) {
    const value = row[key];
    if (value !== null && (typeof value === 'object' || typeof value === 'bigint')) {
      return JSON.stringify(row, plainValue);
    }
  }
  return JSON.stringify(row);
}

const MIN_INT64 = -(2n ** 63n);
const MAX_INT64 = 2n ** 63n - 1n;

/** A replacer of `JSON.stringify`. It looks at the record itself, since a Buffer is asked for its `toJSON` before. */
function plainValue(this: unknown, key: string, value: unknown): unknown {
  const own = (this as Record<string, unknown>)[key];
  if (own instanceof Uint8Array) return Buffer.from(own).toString('base64');
  if (typeof value === 'bigint') return value >= MIN_INT64 && value <= MAX_INT64 ? rawJson(value) : String(value);
  return value;
}

// ECMAScript's JSON.rawJSON (https://tc39.es/proposal-json-parse-with-source/), which the compiler's library lacks.
const rawJson = (value: bigint): unknown =>
  (JSON as unknown as { rawJSON: (text: string) => unknown }).rawJSON(`${value}`);
