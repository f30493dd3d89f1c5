/** Writes a SELECT as one file in the form that the settings ask for. */
import type { LoadInput } from '../../ports.ts';
import { quoteText } from '../../quote.ts';
import type { FileKind } from './format.ts';
import type { FileSettings } from './settings.ts';

export async function copyTo(
  path: string,
  select: string,
  kind: FileKind,
  settings: FileSettings,
  input: Pick<LoadInput, 'duck'>,
): Promise<void> {
  await input.duck.run(`COPY (${select}) TO ${quoteText(path)} (${writeOptions(kind, settings).join(', ')})`);
}

function writeOptions({ format, compression }: FileKind, settings: FileSettings): readonly string[] {
  const compress = `COMPRESSION ${compression === 'none' ? 'uncompressed' : compression}`;
  switch (format) {
    case 'parquet':
      return ['FORMAT parquet', 'COMPRESSION zstd', 'COMPRESSION_LEVEL 1'];
    case 'ndjson':
      return ['FORMAT json', compress];
    case 'json':
      return ['FORMAT json', 'ARRAY true', compress];
    default:
      return [
        'FORMAT csv',
        compress,
        `HEADER ${settings.header ?? true}`,
        `DELIM ${quoteText(settings.delimiter ?? (format === 'tsv' ? '\t' : ','))}`,
        `QUOTE ${quoteText(settings.quote ?? '"')}`,
        `NULLSTR ${quoteText(settings.nullString ?? '')}`,
      ];
  }
}
