import { HeadgateError } from '../../foundation/errors.ts';
import type { SyncRecord, SyncRequest, Syncs } from '../ports.ts';
import { watchChanges } from './changes.ts';
import type { RedisConnection } from './client.ts';
import { fromJson, toJson } from './json.ts';
import { loadScript } from './script.ts';

/** Of `SyncRecord.changes`, so many are kept; of `requests`, so many are answered. */
const MAX_CHANGES = 1000;
const MAX_REQUESTS = 1000;
/** Records and wishes that one command reads or deletes. */
const SLICE = 200;

export function redisSyncs(redis: RedisConnection): Syncs {
  const script = (name: string): URL => new URL(`scripts/${name}.lua`, import.meta.url);
  const request = loadScript<number>(redis, script('sync-request'));
  const record = loadScript<number>(redis, script('sync-record'));
  const page = loadScript<string[]>(redis, script('sync-page'), { reads: true });
  const remove = loadScript<number>(redis, script('sync-delete'));
  const oldestBut = loadScript<(string | number)[]>(redis, script('oldest-but'), { reads: true });
  const forget = loadScript<number>(redis, script('sync-forget'));
  const { sync: syncKey, syncsOf, wishOrder, wishes } = redis.keys;
  const channel = redis.keys.channel('changed:syncs');

  const requestsFrom = async (from: number, count: number): Promise<SyncRequest[]> => {
    const ids = await redis.read((client) => client.zrange(wishOrder, String(from), String(from + count - 1)));
    if (ids.length === 0) return [];
    const texts = await redis.read((client) => client.hmget(wishes, ...ids));
    return texts.flatMap((text) => (text === null ? [] : [fromJson(text, redis.shown) as SyncRequest]));
  };

  const prune = async (repositoryId: string, keep: number): Promise<void> => {
    const key = syncsOf(repositoryId);
    for (;;) {
      const pairs = await oldestBut([key], [keep, SLICE]);
      const ids = pairs.filter((_, n) => n % 2 === 0).map(String);
      if (ids.length === 0) return;
      await remove([key, ...ids.map(syncKey)], [channel, ...ids]);
    }
  };

  return {
    request: async (wish) => {
      await request([wishOrder, wishes], [channel, wish.id, wish.requestedAt, toJson(wish)!]);
    },
    requests: () => requestsFrom(0, MAX_REQUESTS),

    record: async (sync) => {
      const stored: SyncRecord = { ...sync, changes: sync.changes.slice(0, MAX_CHANGES) };
      const keys = [syncKey(sync.id), syncsOf(sync.repositoryId), wishOrder, wishes];
      const recorded = await record(keys, [channel, sync.id, sync.startedAt, toJson(stored)!, ...sync.served]);
      if (recorded === 0) throw new HeadgateError('conflict', `a sync with the id ${sync.id} is recorded already`);
    },

    get: async (id) => {
      const text = await redis.read((client) => client.get(syncKey(id)));
      return text === null ? null : (fromJson(text, redis.shown) as SyncRecord);
    },

    list: async (repositoryId, limit, after) => {
      const ids = limit < 1 ? [] : await page([syncsOf(repositoryId)], [limit, after ?? '']);
      const found: SyncRecord[] = [];
      for (let from = 0; from < ids.length; from += SLICE) {
        const texts = await redis.read((client) => client.mget(ids.slice(from, from + SLICE).map(syncKey)));
        for (const text of texts) if (text !== null) found.push(fromJson(text, redis.shown) as SyncRecord);
      }
      return found;
    },

    prune,

    deleteRepository: async (repositoryId) => {
      await prune(repositoryId, 0);
      for (let from = 0; ;) {
        const some = await requestsFrom(from, SLICE);
        if (some.length === 0) return;
        const own = some.filter((wish) => wish.repositoryId === repositoryId).map(({ id }) => id);
        if (own.length > 0) await forget([wishOrder, wishes], [channel, ...own]);
        from += some.length - own.length;
      }
    },

    watch: (listener) => watchChanges(redis, channel, listener),
  };
}
