import { afterAll, beforeAll, describe } from 'vitest';
import { redisMissing, startRedis, type RedisServer } from '../../test/servers/redis.ts';
import { locksSuite } from '../suites/locks.ts';
import { runsSuite, type NewStore } from '../suites/index.ts';
import { syncsSuite } from '../suites/syncs.ts';
import { tokensSuite } from '../suites/tokens.ts';

const missing = await redisMissing();

/** The ports on one server; every test has a prefix of its own in it. */
function suitesOn(name: string, options: { readonly cluster: boolean }): void {
  describe.skipIf(missing !== null)(missing === null ? name : `${name}: skipped, ${missing}`, () => {
    let server: RedisServer;
    beforeAll(async () => {
      // What is durable is tested in durability.test.ts.
      server = await startRedis({ ...options, appendfsync: 'no' });
    });
    afterAll(() => server?.stop());
    const fresh: NewStore = async () => ({ url: server.fresh(), dispose: async () => {} });
    runsSuite(name, fresh);
    syncsSuite(name, fresh);
    tokensSuite(name, fresh);
    locksSuite(name, fresh);
  });
}

suitesOn('redis', { cluster: false });
suitesOn('redis cluster', { cluster: true });
