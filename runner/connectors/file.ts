import { messageOf, type Issue } from '../../foundation/errors.ts';
import type { CheckResult, Connector, ConnectorContext, DeclaredUse } from '../ports.ts';
import { isFolder, kindOf, pathOf } from './file/format.ts';
import { fileSource, findFiles } from './file/read.ts';
import { FileSettings } from './file/settings.ts';
import { rotationOf } from './file/stream/rotation.ts';
import { fileDestination, refuseForm } from './file/write.ts';
import { isFinal, issuesOf } from './static-issues.ts';

/** Files on the runner's disk or in the repository, read and written by DuckDB. */
export const file: Connector<typeof FileSettings> = {
  name: 'file',
  title: 'Files',
  summary: 'Reads and writes files in CSV, TSV, NDJSON, JSON and Parquet, plain or compressed.',
  settings: FileSettings,
  examples: [
    { title: 'A CSV file', settings: { path: 'data/orders.csv' } },
    { title: 'Many files with the same columns', settings: { path: 'orders/2024-*.ndjson.gz' } },
    {
      title: 'CSV with a dialect and a fixed type',
      settings: { path: 'export.txt', format: 'csv', delimiter: ';', nullString: 'N/A', columns: { zip: 'VARCHAR' } },
    },
    {
      title: 'A folder to which each run adds a Parquet file',
      settings: { path: 'warehouse/orders/', format: 'parquet' },
    },
    {
      title: 'A folder to which a stream adds a Parquet file every hour',
      settings: { path: 'lake/orders/', format: 'parquet', rotate: { interval: '1h', size: '1Gi' } },
    },
  ],
  sourceStream: {
    required: false,
    description: 'A file or glob below `path`, where `path` is a folder.',
    example: 'orders.csv',
  },
  destinationStream: {
    required: false,
    description: 'A file, or a folder that ends with `/`, below `path`.',
    example: 'orders.parquet',
  },
  modes: ['overwrite', 'append'],
  source: fileSource,
  destination: fileDestination,
  validate,
  check,
};

function validate(settings: FileSettings, { role, stream, mode }: DeclaredUse): readonly Issue[] {
  const { interval = '', size = '' } = settings.rotate ?? {};
  const isKnown = isFinal(interval) && isFinal(size);
  const rotation = isKnown ? issuesOf('/settings/rotate', () => rotationOf(settings)) : [];
  if (rotation.length > 0) return rotation;
  if (!isFinal(settings.path) || (stream !== undefined && !isFinal(stream))) return [];
  const path = pathOf(settings, stream);
  const pointer = stream === undefined ? '/settings/path' : '/stream';
  return issuesOf(pointer, () => {
    const kind = kindOf(path, settings);
    if (role === 'destination' && mode !== undefined) refuseForm(path, kind, mode);
  });
}

/** Whether the path may be used. A file that is not there yet is fine for a destination, and the message says so. */
async function check(settings: FileSettings, ctx: ConnectorContext): Promise<CheckResult> {
  try {
    if (isFolder(settings.path)) {
      ctx.resolvePath(settings.path, 'read');
      return { ok: true, message: 'a folder that pipelines may use' };
    }
    const files = await findFiles(settings, undefined, { resolveFiles: ctx.resolveFiles }).catch((error: unknown) => {
      if (/^(?:there is no file|no file matches)/.test(messageOf(error))) return [];
      throw error;
    });
    const bytes = files.reduce((sum, { size }) => sum + size, 0);
    const found = files.length === 1 ? '1 file' : `${files.length} files`;
    return { ok: true, message: files.length === 0 ? 'nothing is there yet' : `${found}, ${bytes} bytes` };
  } catch (error) {
    return { ok: false, message: messageOf(error) };
  }
}
