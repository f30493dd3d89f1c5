import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { addRun, finishRun, startRun } from './runs.ts';
import type { TestApi } from './harness.ts';

/** A run that ended with the rows of a query as its Parquet output; answers its id. */
export async function runWithOutput(t: TestApi, sql: string): Promise<string> {
  const { id } = await addRun(t.store);
  await startRun(t.store, id);
  await mkdir(join(t.dataDir, 'runs', id), { recursive: true });
  const outputFile = join(t.dataDir, 'runs', id, 'output.parquet');
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  await connection.run(`COPY (${sql}) TO '${outputFile}' (FORMAT parquet)`);
  connection.closeSync();
  instance.closeSync();
  await finishRun(t.store, id, { outputFile, outputFileSize: 1 });
  return id;
}
