import type { Store } from '../ports.ts';
import { redisAnswers } from './answers.ts';
import { redisAudit } from './audit.ts';
import { redisBlobs } from './blobs.ts';
import type { RedisConnection } from './client.ts';
import { redisEvents } from './events/index.ts';
import { redisLocks } from './locks.ts';
import { openRedis } from './open.ts';
import { redisRuns } from './runs.ts';
import { checkSchema } from './schema.ts';
import { redisSecrets } from './secrets.ts';
import { redisSyncs } from './syncs.ts';
import { redisTokens } from './tokens.ts';

/** Opens the store in the Redis that a URL names. Throws as `openRedis` does, and `store_newer`. */
export async function openRedisStore(url: string): Promise<Store> {
  const { redis, warnings } = await openRedis(url);
  try {
    await checkSchema(redis);
    return storeOn(redis, warnings);
  } catch (error) {
    redis.close();
    throw error;
  }
}

function storeOn(redis: RedisConnection, warnings: readonly string[]): Store {
  return {
    runs: redisRuns(redis),
    syncs: redisSyncs(redis),
    tokens: redisTokens(redis),
    locks: redisLocks(redis),
    answers: redisAnswers(redis),
    audit: redisAudit(redis),
    events: redisEvents(redis),
    secrets: redisSecrets(redis),
    blobs: redisBlobs(redis),
    warnings,
    check: async () => {
      await redis.write((client) => client.set(redis.keys.check, Date.now()));
    },
    close: async () => redis.close(),
  };
}
