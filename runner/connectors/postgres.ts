import type { Static } from 'typebox';
import { HeadgateError, messageOf } from '../../foundation/errors.ts';
import type { CheckResult, Connector, ConnectorContext, Destination, WriteRequest } from '../ports.ts';
import { parseTableName, type TableName } from './relational/names.ts';
import { PostgresSettings } from './postgres/settings.ts';

/** How many tables `check` lists at most. */
const MAX_STREAMS = 1000;

/** PostgreSQL 12 and later, and what speaks its protocol and COPY. */
export const postgres: Connector<typeof PostgresSettings> = {
  name: 'postgres',
  title: 'PostgreSQL',
  summary:
    'Reads tables and queries of PostgreSQL, and writes tables, by COPY. Streams write one transaction per batch; after a crash `append` may repeat the last one, and `upsert` (by `event_id`, with `include: [event_id]`) never does.',
  settings: PostgresSettings,
  examples: [
    { title: 'By URL', settings: { url: '${secret:shop-db/url}' } },
    {
      title: 'By single fields',
      settings: {
        host: 'db.internal',
        database: 'shop',
        user: 'headgate',
        password: '${env:SHOP_DB_PASSWORD}',
        ssl: 'verify-full',
        sslCa: '${file:/etc/ssl/db-ca.pem}',
      },
    },
  ],
  sourceStream: {
    required: false,
    description: 'The table or view to read, unless there is a `query`. Names are exact, upper and lower case too.',
    example: 'public.orders',
  },
  destinationStream: {
    required: true,
    description: 'The table to write. It and its schema are created when missing; columns are added and widened.',
    example: 'analytics.orders',
  },
  query: true,
  modes: ['overwrite', 'append', 'upsert'],
  source: (settings, ctx) => ({
    open: async (request) => (await import('./postgres/source.ts')).postgresSource(settings, ctx).open(request),
  }),
  destination,
  check,
};

function destination(settings: Static<typeof PostgresSettings>, ctx: ConnectorContext): Destination {
  return {
    load: async (request, input) => {
      const table = tableOf(request, settings);
      const { Session } = await import('./postgres/session.ts');
      const { load } = await import('./postgres/load.ts');
      const session = await Session.open(settings, ctx, 'destination_failed');
      try {
        return await session.guard(`table ${table.sql}`, () => load(session, table, request, input, ctx));
      } finally {
        await session.close();
      }
    },
    open: async (request) => {
      const table = tableOf(request, settings);
      const { Session } = await import('./postgres/session.ts');
      const { PostgresWriter } = await import('./postgres/writer.ts');
      return new PostgresWriter(await Session.open(settings, ctx, 'destination_failed'), table, request);
    },
    stream: async (request) => {
      const table = tableOf(request, settings);
      const { PostgresStreamWriter } = await import('./postgres/stream-writer.ts');
      return new PostgresStreamWriter(settings, ctx, table, request);
    },
  };
}

function tableOf({ stream }: Pick<WriteRequest, 'stream'>, settings: Static<typeof PostgresSettings>): TableName {
  if (stream !== undefined) return parseTableName(stream, settings.schema ?? 'public');
  throw new HeadgateError('invalid_settings', 'a destination of connector postgres needs `stream`', {
    hint: 'stream: schema.table',
  });
}

async function check(settings: Static<typeof PostgresSettings>, ctx: ConnectorContext): Promise<CheckResult> {
  const { Session } = await import('./postgres/session.ts');
  try {
    const session = await Session.open(settings, ctx, 'source_failed');
    try {
      return await session.guard('listing tables', async () => {
        const { rows } = await session.query<{ name: string; server: string }>(
          `SELECT n.nspname || '.' || c.relname AS name, current_setting('server_version') AS server
           FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
           WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'
             AND has_table_privilege(c.oid, 'SELECT')
           ORDER BY 1 LIMIT ${MAX_STREAMS}`,
        );
        const server = rows[0]?.server;
        const which = server === undefined ? 'connected' : `connected to PostgreSQL ${server}`;
        return { ok: true, message: `${which}; ${rows.length} tables`, streams: rows.map(({ name }) => name) };
      });
    } finally {
      await session.close();
    }
  } catch (error) {
    return { ok: false, message: messageOf(error) };
  }
}
