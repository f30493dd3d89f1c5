import { existsSync } from 'node:fs';
import { Type, type Static } from 'typebox';
import { Strict } from '../../crds/common.ts';
import { messageOf } from '../../foundation/errors.ts';
import type { CheckResult, Connector, ConnectorContext } from '../ports.ts';
import { parseTableName } from './relational/names.ts';
import { isFinal, issuesOf, lacksStream } from './static-issues.ts';

export const DuckdbSettings = Strict({
  path: Type.String({
    description: 'The database file. A destination creates it when it does not exist.',
    minLength: 1,
    maxLength: 4096,
    examples: ['warehouse.duckdb'],
  }),
});
export type DuckdbSettings = Static<typeof DuckdbSettings>;

export const duckdb: Connector<typeof DuckdbSettings> = {
  name: 'duckdb',
  title: 'DuckDB file',
  summary: 'Reads tables and queries of a DuckDB file, and writes tables.',
  settings: DuckdbSettings,
  examples: [{ title: 'A file in the data folder', settings: { path: 'warehouse.duckdb' } }],
  sourceStream: {
    required: false,
    description: 'The table or view to read, unless there is a `query`.',
    example: 'main.orders',
  },
  destinationStream: {
    required: true,
    description: 'The table to write. It and its schema are created when missing; columns are added and widened.',
    example: 'main.orders',
  },
  query: true,
  modes: ['overwrite', 'append', 'upsert'],
  source: (settings, ctx) => ({
    open: async (request) => (await import('./duckdb/source.ts')).duckdbSource(settings, ctx).open(request),
  }),
  destination: (settings, ctx) => ({
    load: async (request, input) => (await import('./duckdb/destination.ts')).loadFile(settings, ctx, request, input),
  }),
  validate: (_settings, { role, stream, query }) => {
    if (role === 'source' && stream === undefined && query === undefined) return [lacksStream('duckdb', 'main.orders')];
    return query === undefined && isFinal(stream) ? issuesOf('/stream', () => parseTableName(stream, 'main')) : [];
  },
  check,
};

async function check(settings: DuckdbSettings, ctx: ConnectorContext): Promise<CheckResult> {
  try {
    if (!existsSync(ctx.resolvePath(settings.path, 'read'))) {
      return { ok: true, message: 'there is no such file yet; a destination creates it', streams: [] };
    }
    const { withFile } = await import('./duckdb/file.ts');
    return await withFile(settings, ctx, 'source_failed', `file '${settings.path}'`, async (duck) => {
      const tables = await duck.runAndReadAll(
        `SELECT table_schema || '.' || table_name FROM information_schema.tables
         WHERE table_catalog = current_database() ORDER BY 1 LIMIT 1000`,
      );
      const streams = tables.getRows().map(([name]) => String(name));
      return { ok: true, message: `${streams.length} tables`, streams };
    });
  } catch (error) {
    return { ok: false, message: messageOf(error) };
  }
}
