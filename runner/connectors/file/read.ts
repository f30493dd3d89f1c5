/** Files as relations that DuckDB reads lazily. */
import { randomUUID } from 'node:crypto';
import { open, stat } from 'node:fs/promises';
import { HeadgateError } from '../../../foundation/errors.ts';
import type { ConnectorContext, Extract, ReadRequest, Source } from '../../ports.ts';
import { jsonTable } from '../../json-table.ts';
import { quotePath } from '../../quote.ts';
import { checkCsv } from './check-csv.ts';
import { csvOptions } from './dialect.ts';
import { extensionOf, isFolder, kindOf, pathOf, type FileKind } from './format.ts';
import { longNumbers } from './long-numbers.ts';
import type { FileSettings } from './settings.ts';

export interface SizedFile {
  readonly name: string;
  readonly path: string;
  readonly size: number;
}

export function fileSource(settings: FileSettings, ctx: ConnectorContext): Source {
  return {
    async open(request: ReadRequest): Promise<Extract> {
      ctx.signal.throwIfAborted();
      const files = await findFiles(settings, request.stream, ctx);
      const kind = kindOf(files[0]!.name, settings);
      const filled = files.filter(({ size }) => size > 0);
      // Files of no bytes have no columns either.
      if (filled.length === 0) return { form: 'rows', batches: nothing(), filtered: true };
      const paths = filled.map(({ path }) => path);
      let relation = relationOf(paths, kind, settings);
      if (kind.format === 'csv' || kind.format === 'tsv') {
        await checkCsv(request.duck, relation, filled, kind, settings);
        relation = await withLongNumbers(relation, paths, kind, settings, request, ctx);
      }
      const found = isJson(kind) ? await readJson(relation, request) : relation;
      if (found === null) return { form: 'rows', batches: nothing(), filtered: true };
      return { form: 'sql', relation: found, filtered: false, estimate: await estimate(filled, kind, request) };
    },
  };
}

/** The relation, with columns as texts where types that were found out would round them. */
async function withLongNumbers(
  relation: string,
  paths: readonly string[],
  kind: FileKind,
  settings: FileSettings,
  { duck }: ReadRequest,
  ctx: ConnectorContext,
): Promise<string> {
  const texts = relationOf(paths, kind, { ...settings, columns: undefined }).replace(/\)$/, ', all_varchar = true)');
  const chosen = Object.keys(settings.columns ?? {});
  const long = (await longNumbers(duck, relation, texts)).filter((name) => !chosen.includes(name));
  if (long.length === 0) return relation;
  ctx.log('warn', `columns with whole numbers of more than 64 bits are read as text: ${long.join(', ')}`);
  const columns = { ...settings.columns, ...Object.fromEntries(long.map((name) => [name, 'VARCHAR'])) };
  return relationOf(paths, kind, { ...settings, columns });
}

const pathList = (paths: readonly string[]): string => `[${paths.map(quotePath).join(', ')}]`;

const isJson = ({ format }: FileKind): boolean => format === 'json' || format === 'ndjson';

/** JSON is read into a table at once: its types are known only after the last record. Null when there is no record. */
async function readJson(relation: string, { duck, limit }: ReadRequest): Promise<string | null> {
  const table = `json_${randomUUID().replaceAll('-', '')}`;
  const found = await jsonTable(duck, table, relation, limit);
  const some = await duck.runAndReadAll(`SELECT 1 FROM ${table} LIMIT 1`);
  return some.currentRowCount === 0 ? null : found;
}

/** What a path, glob or folder names; at least one file, all of one kind. Throws `source_failed`. */
export async function findFiles(
  settings: FileSettings,
  stream: string | undefined,
  ctx: Pick<ConnectorContext, 'resolveFiles'>,
): Promise<readonly SizedFile[]> {
  const path = pathOf(settings, stream);
  const pattern = isFolder(path) ? `${path}*.${extensionOf(kindOf(path, settings))}` : path;
  const files: SizedFile[] = [];
  for (const file of ctx.resolveFiles(pattern)) files.push({ ...file, size: await sizeOf(file) });
  const kinds = new Set(files.map(({ name }) => extensionOf(kindOf(name, settings))));
  if (kinds.size > 1) {
    throw new HeadgateError('source_failed', `'${path}' matches files of several kinds: ${[...kinds].join(', ')}`, {
      hint: 'narrow the glob to one extension',
    });
  }
  if (files.length === 0) {
    throw new HeadgateError('source_failed', `no file matches '${path}'`, {
      hint: 'paths are relative to the data folder or the repository',
    });
  }
  return files;
}

async function sizeOf(file: { readonly name: string; readonly path: string }): Promise<number> {
  try {
    const found = await stat(file.path);
    if (!found.isFile()) {
      throw new HeadgateError('source_failed', `'${file.name}' is not a file`, {
        hint: "write a folder with '/' at its end, and set `format`",
      });
    }
    return found.size;
  } catch (cause) {
    if (cause instanceof HeadgateError) throw cause;
    const { code } = cause as NodeJS.ErrnoException;
    throw code === 'ENOENT'
      ? new HeadgateError('source_failed', `there is no file '${file.name}'`, {
          cause,
          hint: 'paths are relative to the data folder or the repository',
        })
      : new HeadgateError('source_failed', `'${file.name}' cannot be read (${code ?? 'error'})`, { cause });
  }
}

/** The table function of DuckDB that reads these files (https://duckdb.org/docs/stable/data/overview). */
export function relationOf(paths: readonly string[], kind: FileKind, settings: Partial<FileSettings>): string {
  const files = pathList(paths);
  // Otherwise a folder called `a=b`, wherever it is, would become a column.
  const many = [`union_by_name = ${paths.length > 1}`, 'hive_partitioning = false'];
  if (kind.format === 'parquet') return `read_parquet(${[files, ...many].join(', ')})`;
  const options = [`compression = '${kind.compression === 'none' ? 'uncompressed' : kind.compression}'`, ...many];
  if (kind.format === 'csv' || kind.format === 'tsv') {
    return `read_csv(${[files, ...options, ...csvOptions(kind, settings)].join(', ')})`;
  }
  const form = kind.format === 'ndjson' ? 'newline_delimited' : 'auto';
  const sample = `sample_size = ${settings.sampleRows ?? -1}`;
  return `read_json(${[files, ...options, `format = '${form}'`, sample, 'field_appearance_threshold = 0'].join(', ')})`;
}

const SAMPLE_BYTES = 65_536;
const NEWLINE = 10;

/** About how many rows there are: from Parquet's footers, or from samples of the first file's lines. */
async function estimate(
  files: readonly SizedFile[],
  kind: FileKind,
  request: ReadRequest,
): Promise<number | undefined> {
  if (kind.format === 'parquet') {
    const paths = pathList(files.map(({ path }) => path));
    const read = await request.duck.runAndReadAll(`SELECT sum(num_rows) FROM parquet_file_metadata(${paths})`);
    return Number(read.getRowsJS()[0]?.[0] ?? 0);
  }
  if (kind.compression !== 'none' || kind.format === 'json') return undefined;
  const { path, size } = files[0]!;
  const file = await open(path);
  try {
    const sample = Buffer.alloc(SAMPLE_BYTES);
    let lines = 0;
    let bytes = 0;
    // Lines often grow longer towards the end, so the start alone would tell too many.
    for (const at of new Set([0, 0.5, 1].map((part) => Math.floor(Math.max(0, size - SAMPLE_BYTES) * part)))) {
      const { bytesRead } = await file.read(sample, 0, SAMPLE_BYTES, at);
      bytes += bytesRead;
      for (const byte of sample.subarray(0, bytesRead)) if (byte === NEWLINE) lines += 1;
    }
    const total = files.reduce((sum, each) => sum + each.size, 0);
    return lines === 0 ? undefined : Math.round((total * lines) / bytes);
  } finally {
    await file.close();
  }
}

async function* nothing(): AsyncGenerator<never> {}
