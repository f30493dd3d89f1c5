/**
 * `node examples/show.ts <file> [table]`: columns and first rows of a Parquet, CSV, NDJSON, JSON or SQLite file, to look
 * at what a pipeline wrote.
 */
import { existsSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { DuckDBInstance } from '@duckdb/node-api';
import { counted } from '../cli/output/figures.ts';
import { renderTable } from '../cli/output/table.ts';

const ROWS = 10;

interface Content {
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly unknown[])[];
  readonly total: number;
}

async function table(file: string): Promise<Content> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    const from = `'${file.replaceAll("'", "''")}'`;
    const result = await connection.runAndReadAll(`SELECT * FROM ${from} LIMIT ${ROWS}`);
    const counts = await connection.runAndReadAll(`SELECT count(*) FROM ${from}`);
    const types = result.columnTypes();
    return {
      title: file,
      columns: result.columnNames().map((name, index) => `${name} (${types[index]!})`),
      rows: result.getRows(),
      total: Number(counts.getRows()[0]?.[0]),
    };
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

function database(file: string, wanted: string | undefined): Content[] {
  const db = new DatabaseSync(file, { readOnly: true });
  try {
    const names = db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'").all();
    return names
      .map(({ name }) => String(name))
      .filter((name) => wanted === undefined || name === wanted)
      .map((name) => {
        const quoted = `"${name.replaceAll('"', '""')}"`;
        const statement = db.prepare(`SELECT * FROM ${quoted} LIMIT ${ROWS}`);
        return {
          title: `${file}, table ${name}`,
          columns: statement.columns().map((column) => `${column.name} (${column.type ?? 'ANY'})`),
          rows: statement.all().map((row) => Object.values(row)),
          total: Number(db.prepare(`SELECT count(*) AS total FROM ${quoted}`).get()?.['total']),
        };
      });
  } finally {
    db.close();
  }
}

const [file, wanted] = process.argv.slice(2);
if (file === undefined || file === '--help') {
  process.stdout.write('usage: node examples/show.ts <file> [table]\n');
} else if (!existsSync(file)) {
  process.stderr.write(`${file} does not exist; the pipeline that writes it may not have run yet\n`);
  process.exitCode = 1;
} else {
  const contents = /\.(db|sqlite)$/.test(file) ? database(file, wanted) : [await table(file)];
  for (const { title, columns, rows, total } of contents) {
    const cells = rows.map((row) => row.map((value) => (value === null ? 'NULL' : String(value))));
    const heading = columns.map((column) => ({ title: column, shrink: true }));
    process.stdout.write(`${title}\n${renderTable(heading, cells, { width: process.stdout.columns })}`);
    process.stdout.write(
      `${counted(total, 'row')}${total > rows.length ? `, the first ${rows.length} shown` : ''}\n\n`,
    );
  }
}
