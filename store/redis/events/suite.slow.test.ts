import { afterAll, beforeAll, describe } from 'vitest';
import { redisMissing, startRedis, type RedisServer } from '../../../test/servers/redis.ts';
import { eventsSuite } from '../../suites/index.ts';

const missing = await redisMissing();

/** The suite on one server; every test has a prefix of its own in it. */
function suiteOn(name: string, options: { readonly cluster: boolean }): void {
  describe.skipIf(missing !== null)(missing === null ? name : `${name}: skipped, ${missing}`, () => {
    let server: RedisServer;
    beforeAll(async () => {
      server = await startRedis({ ...options, appendfsync: 'no' });
    });
    afterAll(() => server?.stop());
    eventsSuite(name, async () => ({ url: server.fresh(), dispose: async () => {} }));
  });
}

suiteOn('redis', { cluster: false });
suiteOn('redis cluster', { cluster: true });
