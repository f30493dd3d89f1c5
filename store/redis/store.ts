import type { EventLog } from '../event-ports.ts';
import type { Store } from '../ports.ts';
import { unavailable } from './errors.ts';
import { redisLocks } from './locks.ts';
import { openRedis } from './open.ts';
import { redisRuns } from './runs.ts';
import { redisSyncs } from './syncs.ts';
import { redisTokens } from './tokens.ts';

/** Opens the store in the Redis that a URL names. Throws as `openRedis` does. */
export async function openRedisStore(url: string): Promise<Store> {
  const { redis, warnings } = await openRedis(url);
  return {
    runs: redisRuns(redis),
    syncs: redisSyncs(redis),
    tokens: redisTokens(redis),
    locks: redisLocks(redis),
    events: noEvents(redis.shown),
    warnings,
    check: async () => {
      await redis.write((client) => client.set(redis.keys.check, Date.now()));
    },
    close: async () => redis.close(),
  };
}

/** Until the event log is wired, each of its methods says so. */
function noEvents(shown: string): EventLog {
  const refuse = (): never => {
    throw unavailable(shown, 'keeps no events yet', { retryable: false });
  };
  return new Proxy({} as EventLog, { get: () => refuse });
}
