import { existsSync } from 'node:fs';
import { Type, type Static } from 'typebox';
import { Duration, Strict } from '../../crds/common.ts';
import { messageOf } from '../../foundation/errors.ts';
import type { CheckResult, Connector, ConnectorContext } from '../ports.ts';
import { lacksStream } from './static-issues.ts';

export const SqliteSettings = Strict({
  path: Type.String({
    description: 'The database file. A destination creates it when it does not exist.',
    minLength: 1,
    maxLength: 4096,
    examples: ['data/shop.db'],
  }),
  busyTimeout: Type.Optional(Duration('How long to wait while another program holds the file.', '5s')),
});
export type SqliteSettings = Static<typeof SqliteSettings>;

export const sqlite: Connector<typeof SqliteSettings> = {
  name: 'sqlite',
  title: 'SQLite file',
  summary: 'Reads tables and queries of a SQLite file, and writes tables.',
  settings: SqliteSettings,
  examples: [{ title: 'A file in the data folder', settings: { path: 'shop.db' } }],
  sourceStream: {
    required: false,
    description: 'The table or view to read, unless there is a `query`.',
    example: 'orders',
  },
  destinationStream: {
    required: true,
    description: 'The table to write; it is created when missing, and columns are added.',
    example: 'orders',
  },
  query: true,
  modes: ['overwrite', 'append', 'upsert'],
  source: (settings, ctx) => ({
    open: async (request) => (await import('./sqlite/source.ts')).sqliteSource(settings, ctx).open(request),
  }),
  destination: (settings, ctx) => ({
    load: async (request, input) =>
      (await import('./sqlite/destination.ts')).sqliteDestination(settings, ctx).load!(request, input),
    open: async (request) => (await import('./sqlite/destination.ts')).sqliteDestination(settings, ctx).open!(request),
  }),
  validate: (_settings, { role, stream, query }) =>
    role === 'source' && stream === undefined && query === undefined ? [lacksStream('sqlite', 'orders')] : [],
  check,
};

async function check(settings: SqliteSettings, ctx: ConnectorContext): Promise<CheckResult> {
  try {
    if (!existsSync(ctx.resolvePath(settings.path, 'read'))) {
      return { ok: true, message: 'there is no such file yet; a destination creates it', streams: [] };
    }
    const { openDatabase } = await import('./sqlite/database.ts');
    const database = await openDatabase(settings, ctx, 'source_failed');
    try {
      const tables = database
        .prepare(
          "SELECT name FROM sqlite_schema WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY 1 LIMIT 1000",
        )
        .all();
      return { ok: true, message: `${tables.length} tables`, streams: tables.map(({ name }) => String(name)) };
    } finally {
      database.close();
    }
  } catch (error) {
    return { ok: false, message: messageOf(error) };
  }
}
