/** A CSV file that does not have the dialect of its settings: DuckDB says that it is so, and this finds out where. */
import type { DuckDBConnection } from '@duckdb/node-api';
import { messageOf } from '../../../foundation/errors.ts';
import { quotePath } from '../../quote.ts';
import { dialectOptions } from './dialect.ts';
import type { FileKind } from './format.ts';
import type { SizedFile } from './read.ts';
import type { FileSettings } from './settings.ts';

/** Throws DuckDB's error, with the line where it can be found, when the first lines of a file do not fit the dialect. */
export async function checkCsv(
  duck: DuckDBConnection,
  relation: string,
  files: readonly SizedFile[],
  kind: FileKind,
  settings: FileSettings,
): Promise<void> {
  try {
    await duck.run(`DESCRIBE SELECT * FROM ${relation}`);
  } catch (error) {
    if (!messageOf(error).includes('automatically detect the CSV parsing dialect')) throw error;
    for (const { path } of files) await readStrictly(duck, path, kind, settings);
    throw error;
  }
}

/** Reads a file as text with as many columns as its first line has, which throws with the number of a line that differs. */
async function readStrictly(
  duck: DuckDBConnection,
  path: string,
  kind: FileKind,
  settings: FileSettings,
): Promise<void> {
  const compression = `compression = '${kind.compression === 'none' ? 'uncompressed' : kind.compression}'`;
  const options = [quotePath(path), 'hive_partitioning = false', compression, ...dialectOptions(kind, settings)].join(
    ', ',
  );
  const lenient = `read_csv(${options}, header = false, auto_detect = false, null_padding = true,
    columns = {${texts(MAX_COLUMNS)}})`;
  const first = await duck.runAndReadAll(`SELECT * FROM ${lenient} LIMIT 1`);
  const width = (first.getRowsJS()[0] ?? []).findLastIndex((value) => value !== null) + 1;
  await duck.run(
    `SELECT count(*) FROM read_csv(${options}, header = false, auto_detect = false, columns = {${texts(width)}})`,
  );
}

/** Columns looked for in a first line. */
const MAX_COLUMNS = 2000;

const texts = (count: number): string => Array.from({ length: count }, (_, index) => `c${index}: 'VARCHAR'`).join(', ');
