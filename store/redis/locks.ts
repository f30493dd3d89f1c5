import type { Locks } from '../ports.ts';
import type { RedisConnection } from './client.ts';
import { loadScript } from './script.ts';

export function redisLocks(redis: RedisConnection): Locks {
  const acquire = loadScript<number>(redis, new URL('scripts/lock-acquire.lua', import.meta.url));
  const release = loadScript<number>(redis, new URL('scripts/lock-release.lua', import.meta.url));
  const { lock } = redis.keys;

  return {
    acquire: async (name, holder, now, ttlMs) => (await acquire([lock(name)], [holder, now, now + ttlMs])) === 1,
    release: async (name, holder) => {
      await release([lock(name)], [holder]);
    },
    holder: async (name, now) => {
      const [holder, until] = await redis.read((client) => client.hmget(lock(name), 'holder', 'until'));
      return typeof holder === 'string' && Number(until) > now ? holder : null;
    },
  };
}
