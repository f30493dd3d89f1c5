/** How CSV is written, as options of DuckDB's reader. */
import { quoteText } from '../../quote.ts';
import type { FileKind } from './format.ts';
import type { FileSettings } from './settings.ts';

/**
 * The dialect is the pipeline's to say, and only types are found out: what DuckDB would guess of a dialect depends on the
 * data, and to make a file fit it skips lines at its start without a word.
 */
export function csvOptions(kind: FileKind, settings: Partial<FileSettings>): readonly string[] {
  const { nullString, columns, sampleRows } = settings;
  const types = Object.entries(columns ?? {}).map(([name, type]) => `${quoteText(name)}: ${quoteText(type)}`);
  return [
    ...dialectOptions(kind, settings),
    `header = ${settings.header ?? true}`,
    ...(nullString === undefined ? [] : [`nullstr = ${quoteText(nullString)}`]),
    ...(settings.quotedEmpty === 'text' ? ['allow_quoted_nulls = false'] : []),
    ...(types.length === 0 ? [] : [`types = {${types.join(', ')}}`]),
    ...(sampleRows === undefined ? [] : [`sample_size = ${sampleRows}`]),
  ];
}

/** What separates lines and fields. */
export function dialectOptions({ format }: FileKind, settings: Partial<FileSettings>): readonly string[] {
  const quote = quoteText(settings.quote ?? '"');
  return [
    `delim = ${quoteText(settings.delimiter ?? (format === 'tsv' ? '\t' : ','))}`,
    `quote = ${quote}`,
    `escape = ${quote}`,
    "comment = ''",
    `skip = ${settings.skipLines ?? 0}`,
  ];
}
