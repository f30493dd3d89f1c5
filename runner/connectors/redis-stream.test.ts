import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { redisMissing, startRedis, type RedisServer } from '../../test/servers/redis.ts';
import { redisStream } from './redis-stream.ts';
import { acceptance } from './suite.ts';

const missing = await redisMissing();
const NO_TRANSACTIONS = 'what was added to a stream stays: others may have read it';

test('a source needs streams, and a destination does not', () => {
  const settings = { host: 'redis' };
  expect(redisStream.validate!(settings, { role: 'source' })).toMatchObject([{ pointer: '/settings' }]);
  expect(redisStream.validate!(settings, { role: 'destination' })).toEqual([]);
});

describe.skipIf(missing !== null)(`redis-stream${missing === null ? '' : ` (${missing})`}`, () => {
  let server: RedisServer;
  let streams = 0;
  beforeAll(async () => {
    server = await startRedis({ password: 'redis-s3cret' });
  });
  afterAll(() => server.stop());

  acceptance({
    connector: redisStream,
    secrets: ['redis-s3cret', 'wrong-passw0rd'],
    place: async (folder) => {
      const stream = `suite-${++streams}`;
      const redis = server.client();
      return {
        settings: { url: server.url },
        stream,
        read: async (duck) => {
          const entries = await redis.xrange(stream, '-', '+');
          if (entries.length === 0) return '(SELECT NULL AS nothing WHERE false)';
          const path = join(folder, 'entries.ndjson');
          await writeFile(path, entries.map(([, [, data]]) => `${data}\n`).join(''));
          const table = `entries_${++streams}`;
          await duck.run(
            `CREATE TABLE ${table} AS SELECT * FROM read_json('${path}', format = 'newline_delimited', sample_size = -1, convert_strings_to_integers = false)`,
          );
          return table;
        },
        close: async () => redis.disconnect(),
      };
    },
    broken: async () => ({ host: '127.0.0.1', port: server.port, password: 'wrong-passw0rd' }),
    skip: {
      'round trip of types': 'JSON has texts, numbers and booleans only',
      'an aborted load leaves the old content': NO_TRANSACTIONS,
      'an aborted writer leaves the old content': NO_TRANSACTIONS,
    },
    stream: {},
  });
});
