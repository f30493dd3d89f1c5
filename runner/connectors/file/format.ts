/** What kind of file a path names. */
import { HeadgateError } from '../../../foundation/errors.ts';
import type { Compression, FileSettings, Format } from './settings.ts';

export interface FileKind {
  readonly format: Format;
  readonly compression: Compression;
}

const EXTENSIONS: Readonly<Record<string, Format>> = {
  csv: 'csv',
  tsv: 'tsv',
  tab: 'tsv',
  ndjson: 'ndjson',
  jsonl: 'ndjson',
  json: 'json',
  parquet: 'parquet',
  pq: 'parquet',
};
const COMPRESSED: Readonly<Record<string, Compression>> = { gz: 'gzip', gzip: 'gzip', zst: 'zstd', zstd: 'zstd' };

/** The format and compression by settings, else by the extensions of `name`. Throws `invalid_settings`. */
export function kindOf(name: string, settings: Pick<FileSettings, 'format' | 'compression'>): FileKind {
  const extensions = (name.split('/').at(-1) ?? '').toLowerCase().split('.').slice(1);
  const compression = COMPRESSED[extensions.at(-1) ?? ''];
  const format = settings.format ?? EXTENSIONS[extensions.at(compression === undefined ? -1 : -2) ?? ''];
  if (format === undefined) {
    throw new HeadgateError('invalid_settings', `the format of '${name}' cannot be told from its name`, {
      hint: 'set `format`, or use an extension: .csv, .tsv, .ndjson, .json, .parquet, each also with .gz or .zst',
    });
  }
  return { format, compression: settings.compression ?? compression ?? 'none' };
}

/** `csv.gz`: how files of a kind end. */
export function extensionOf({ format, compression }: FileKind): string {
  const end = format === 'parquet' ? '' : { none: '', gzip: '.gz', zstd: '.zst' }[compression];
  return `${format}${end}`;
}

export const isFolder = (path: string): boolean => path.endsWith('/');

/** The path of a stream: below the connection's folder, else the path itself. */
export function pathOf(settings: FileSettings, stream: string | undefined): string {
  if (stream === undefined) return settings.path;
  const folder = settings.path.replace(/\/+$/, '');
  return folder === '.' ? stream : `${folder}/${stream}`;
}
