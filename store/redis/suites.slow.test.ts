/** The suites of all ports but the event log, whose own are run in `events/`. */
import { afterAll, beforeAll, describe } from 'vitest';
import { startRedisCluster } from '../../test/servers/redis-cluster.ts';
import { redisMissing, startRedis } from '../../test/servers/redis.ts';
import { runsSuite } from '../suites/index.ts';
import { answersSuite } from '../suites/answers.ts';
import { auditSuite } from '../suites/audit.ts';
import { blobsSuite } from '../suites/blobs.ts';
import { locksSuite } from '../suites/locks.ts';
import { secretsSuite } from '../suites/secrets.ts';
import { syncsSuite } from '../suites/syncs.ts';
import { tokensSuite } from '../suites/tokens.ts';

const missing = await redisMissing();

/** Where stores are made: one server or several, with a new prefix for each test. */
interface Servers {
  fresh(): string;
  stop(): Promise<void>;
}

function suitesOn(name: string, start: () => Promise<Servers>): void {
  describe.skipIf(missing !== null)(missing === null ? name : `${name}: skipped, ${missing}`, () => {
    let servers: Servers;
    beforeAll(async () => {
      servers = await start();
    });
    afterAll(() => servers?.stop());
    const fresh = async () => ({ url: servers.fresh(), dispose: async () => {} });
    runsSuite(name, fresh);
    syncsSuite(name, fresh);
    tokensSuite(name, fresh);
    locksSuite(name, fresh);
    secretsSuite(name, fresh);
    answersSuite(name, fresh);
    auditSuite(name, fresh);
    blobsSuite(name, fresh);
  });
}

// What is durable is tested in durability.test.ts.
suitesOn('redis', () => startRedis({ appendfsync: 'no' }));
suitesOn('redis cluster', startRedisCluster);
