import { afterAll, beforeAll, describe } from 'vitest';
import { startPostgres, type PostgresServer } from '../../test/servers/postgres.ts';
import { postgres } from './postgres.ts';
import { acceptance } from './suite.ts';

let server: PostgresServer;
let tables = 0;

beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.stop());

describe('postgres', () => {
  acceptance({
    connector: postgres,
    secrets: ['pg-s3cret', 'pg-s3cret%2Fwith', 'wrong-passw0rd'],
    place: async () => ({
      settings: { url: server.url() },
      stream: `suite.table_${++tables}`,
      close: async () => undefined,
    }),
    stream: { refused: { id: { no: 'number' }, name: 'x' } },
    broken: async () => ({ host: '127.0.0.1', port: server.port, user: 'postgres', password: 'wrong-passw0rd' }),
    types: {
      an_interval: {
        type: 'VARCHAR',
        value: "CASE id WHEN 1 THEN '1 mon 2 days 03:00:00' WHEN 2 THEN '00:00:00' END",
        reason: 'a source reads interval as text, since Parquet holds no microseconds of it',
      },
      a_struct: {
        type: 'JSON',
        value: "replace(replace(CAST(to_json(a_struct) AS VARCHAR), ':', ': '), ',', ', ')",
        reason: 'PostgreSQL has no anonymous structures; jsonb writes a space after colon and comma',
      },
    },
  });
});
