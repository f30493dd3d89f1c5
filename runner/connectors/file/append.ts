/** Adds records to a file: the old records and then the new ones, as one new file. */
import { createReadStream, createWriteStream, constants } from 'node:fs';
import { appendFile, copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createZstdDecompress, gzipSync, zstdCompressSync } from 'node:zlib';
import type { DuckDBConnection } from '@duckdb/node-api';
import { HeadgateError } from '../../../foundation/errors.ts';
import type { Column, ConnectorContext, LoadInput } from '../../ports.ts';
import { quoteName } from '../../quote.ts';
import { changedBy, sameName } from '../../union.ts';
import { copyTo } from './copy-to.ts';
import type { FileKind } from './format.ts';
import { relationOf } from './read.ts';
import type { Compression, FileSettings } from './settings.ts';

export interface Appending {
  /** The file that is there. */
  readonly target: string;
  /** Where the new one goes. */
  readonly aside: string;
  readonly kind: FileKind;
  readonly settings: FileSettings;
  readonly input: LoadInput;
  readonly ctx: ConnectorContext;
}

/** Lines of JSON are appended as bytes; CSV and Parquet are written anew, since columns may have been added. */
export async function writeAppended(appending: Appending): Promise<void> {
  const { aside, kind, settings, input } = appending;
  if (kind.format === 'ndjson') return appendLines(appending);
  const select = kind.format === 'parquet' ? await parquetUnion(appending) : csvUnion(appending);
  await copyTo(aside, select, kind, settings, input);
}

async function appendLines({ target, aside, kind, settings, input, ctx }: Appending): Promise<void> {
  const added = join(ctx.scratch, 'added');
  await copyTo(added, `SELECT * FROM ${input.relation}`, kind, settings, input);
  await copyFile(target, aside, constants.COPYFILE_FICLONE);
  const last = await lastByte(target, kind.compression, ctx.signal);
  if (last !== undefined && last !== NEWLINE) await appendFile(aside, NEWLINES[kind.compression]());
  await pipeline(createReadStream(added), createWriteStream(aside, { flags: 'a' }), { signal: ctx.signal });
}

const NEWLINE = 10;
const NEWLINES: Readonly<Record<Compression, () => string | Buffer>> = {
  none: () => '\n',
  gzip: () => gzipSync('\n'),
  zstd: () => zstdCompressSync('\n'),
};

/** The last byte of the text in a file; undefined when it is empty. */
async function lastByte(path: string, compression: Compression, signal: AbortSignal): Promise<number | undefined> {
  let last: number | undefined;
  const look = async (chunks: AsyncIterable<Buffer>): Promise<void> => {
    for await (const chunk of chunks) last = chunk.at(-1) ?? last;
  };
  const file = createReadStream(path);
  if (compression === 'none') await pipeline(file, look, { signal });
  else await pipeline(file, compression === 'gzip' ? createGunzip() : createZstdDecompress(), look, { signal });
  return last;
}

/** Old values stay the texts that they are. Without a header, columns are told by their place. */
function csvUnion({ target, kind, settings, input }: Appending): string {
  const old = relationOf([target], kind, { ...settings, skipLines: 0, quotedEmpty: 'text', columns: undefined });
  const union = (settings.header ?? true) ? 'UNION ALL BY NAME' : 'UNION ALL';
  return `SELECT * FROM ${old.replace(/\)$/, ', all_varchar = true)')} ${union} SELECT * FROM ${input.relation}`;
}

/** Refuses types that would change what is there already, or what comes. */
async function parquetUnion({ target, kind, settings, input }: Appending): Promise<string> {
  const { duck } = input;
  const old = relationOf([target], kind, settings);
  const existing = await describe(duck, old);
  const items: string[] = [];
  for (const column of await describe(duck, input.relation)) {
    const name = quoteName(column.name);
    const there = sameName(existing, column.name);
    const fits = there === undefined || there.type === column.type || !(await isEmpty(duck, input.relation, column));
    items.push(fits ? name : `CAST(${name} AS ${there.type}) AS ${name}`);
  }
  const added = `(SELECT ${items.join(', ')} FROM ${input.relation})`;
  const union = `SELECT * FROM ${old} UNION ALL BY NAME SELECT * FROM ${added}`;
  const together = await describe(duck, `(${union})`);
  for (const column of await describe(duck, added)) {
    const there = sameName(existing, column.name);
    if (there === undefined || column.type === there.type) continue;
    const common = sameName(together, there.name)!.type;
    const changes =
      /^(?:VARCHAR|JSON)$/.test(common) ||
      (await changedBy(duck, old, there, common)) > 0 ||
      (await changedBy(duck, added, column, common)) > 0;
    if (!changes) continue;
    throw new HeadgateError(
      'destination_failed',
      `column '${there.name}' is ${there.type} in the file, and ${column.type} arrives: together they would be ${common}, which changes values`,
      { hint: `add a transform such as cast: {${there.name}: …}, or write to another file` },
    );
  }
  return union;
}

/** Whether the column is null in every record: its type then says nothing. */
async function isEmpty(duck: DuckDBConnection, relation: string, { name }: Column): Promise<boolean> {
  const read = await duck.runAndReadAll(`SELECT 1 FROM ${relation} WHERE ${quoteName(name)} IS NOT NULL LIMIT 1`);
  return read.currentRowCount === 0;
}

async function describe(duck: DuckDBConnection, relation: string): Promise<readonly Column[]> {
  const read = await duck.runAndReadAll(`DESCRIBE SELECT * FROM ${relation}`);
  return read.getRowObjectsJS().map((row) => ({ name: String(row['column_name']), type: String(row['column_type']) }));
}
