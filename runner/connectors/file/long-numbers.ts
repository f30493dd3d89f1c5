/** Whole numbers in CSV that are longer than 64 bits: DuckDB takes them for floats, which would round them. */
import type { DuckDBConnection } from '@duckdb/node-api';
import { quoteName } from '../../quote.ts';

/** As many rows as DuckDB looks at to find types out. */
const SAMPLE_ROWS = 20_480;
/** A float keeps every whole number of 15 digits. */
const LONG = String.raw`[+-]?\d{16,}`;

/**
 * The columns of `typed` that are floats although whole numbers of 16 digits and more stand in their first rows; `texts`
 * is the same relation with every column a text.
 */
export async function longNumbers(duck: DuckDBConnection, typed: string, texts: string): Promise<readonly string[]> {
  const described = await duck.runAndReadAll(`DESCRIBE SELECT * FROM ${typed}`);
  const floats = described
    .getRowObjectsJS()
    .filter((row) => row['column_type'] === 'DOUBLE')
    .map((row) => String(row['column_name']));
  if (floats.length === 0) return [];
  const tests = floats.map((name) => `bool_or(regexp_full_match(${quoteName(name)}, '${LONG}'))`);
  const read = await duck.runAndReadAll(
    `SELECT ${tests.join(', ')} FROM (SELECT * FROM ${texts} LIMIT ${SAMPLE_ROWS})`,
  );
  const [found = []] = read.getRowsJS();
  return floats.filter((_, index) => found[index] === true);
}
