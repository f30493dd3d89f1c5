import type { DuckDBConnection } from '@duckdb/node-api';

export type ConvertedFormat = 'csv' | 'json';

/** A quoted field where RFC 4180 asks for it; an empty text is quoted, so that it differs from null. */
const CSV_MACRO = `CREATE MACRO field(value) AS CASE
  WHEN value IS NULL THEN ''
  WHEN value = '' OR regexp_matches(value, '[",\\r\\n]') THEN '"' || replace(value, '"', '""') || '"'
  ELSE value END`;

/**
 * The rows of a Parquet file as CSV with a header line (RFC 4180) or as a JSON array of objects, in pieces of about 2,000
 * rows. DuckDB turns the values into text and reads no further than the client does.
 */
export async function* convertParquet(
  path: string,
  format: ConvertedFormat,
  signal: AbortSignal,
): AsyncGenerator<string, void> {
  const { DuckDBInstance } = await import('@duckdb/node-api');
  const instance = await DuckDBInstance.create(':memory:', { threads: '1', memory_limit: '512MB' });
  const connection = await instance.connect();
  try {
    const from = `read_parquet('${path.replaceAll("'", "''")}')`;
    yield* format === 'csv' ? csv(connection, from, signal) : json(connection, from, signal);
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

async function* csv(connection: DuckDBConnection, from: string, signal: AbortSignal): AsyncGenerator<string> {
  await connection.run(CSV_MACRO);
  const described = await connection.runAndReadAll(`DESCRIBE SELECT * FROM ${from}`);
  const names = described.getRows().map(([name]) => String(name));
  yield `${names.map(csvField).join(',')}\r\n`;
  const fields = names.map((name) => `field(CAST("${name.replaceAll('"', '""')}" AS VARCHAR))`);
  for await (const lines of texts(connection, `SELECT ${fields.join(" || ',' || ")} FROM ${from}`, signal)) {
    yield `${lines.join('\r\n')}\r\n`;
  }
}

function csvField(text: string): string {
  return /[",\r\n]/.test(text) || text === '' ? `"${text.replaceAll('"', '""')}"` : text;
}

async function* json(connection: DuckDBConnection, from: string, signal: AbortSignal): AsyncGenerator<string> {
  let separator = '[\n';
  for await (const lines of texts(connection, `SELECT to_json(data) FROM ${from} AS data`, signal)) {
    yield `${separator}${lines.join(',\n')}`;
    separator = ',\n';
  }
  yield separator === '[\n' ? '[]\n' : '\n]\n';
}

/** The values of a query with one text column, chunk by chunk as they are asked for. */
async function* texts(
  connection: DuckDBConnection,
  sql: string,
  signal: AbortSignal,
): AsyncGenerator<readonly string[]> {
  const result = await connection.stream(sql);
  for (;;) {
    signal.throwIfAborted();
    const chunk = await result.fetchChunk();
    if (chunk === null || chunk.rowCount === 0) return;
    yield chunk.getColumnValues(0).map(String);
  }
}
