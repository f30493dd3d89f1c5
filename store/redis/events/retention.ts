import type { EventRetention } from '../../event-ports.ts';
import type { RedisConnection } from '../client.ts';
import { lastPassed } from './buckets.ts';
import { indexKeys, logKeys } from './keys.ts';
import type { LogReading } from './read.ts';
import { toJob } from './replays.ts';
import type { EventScripts } from './scripts.ts';

/** What one slice of pruning looks at: entries, and bytes of them. Some milliseconds, during which Redis does nothing else. */
const SLICE_ENTRIES = 1000;
const SLICE_BYTES = 8 * 1024 * 1024;
const REPLAY_MS = 30 * 24 * 3_600_000;
/** Replays that are looked at in one go. */
const REPLAYS_AT_ONCE = 500;

/** The end of what is kept. */
export function retention(redis: RedisConnection, scripts: EventScripts, reading: LogReading): EventRetention {
  const index = indexKeys(redis.keys);
  const pipelines = (): Promise<string[]> => redis.read((client) => client.smembers(index.pipelines));

  const forget = async (pipelineId: string, ids: readonly string[]): Promise<void> => {
    if (ids.length === 0) return;
    const keys = logKeys(redis.keys, pipelineId);
    await redis.write((client) => client.unlink(ids.map((id) => keys.replay(id))));
    await redis.write((client) => client.zrem(keys.openReplays, ...ids));
    await redis.write((client) => client.zrem(keys.replays, ...ids));
    // The index last: what it does not know would stay for ever.
    await redis.write((client) => client.hdel(index.replays, ...ids));
  };
  const dropBuckets = async (pipelineId: string, upTo: string): Promise<void> => {
    const keys = logKeys(redis.keys, pipelineId);
    const buckets = await redis.read((client) => client.zrange(keys.buckets, '-inf', upTo, 'BYSCORE'));
    for (const bucket of buckets) {
      await redis.write((client) => client.unlink(keys.bucket(Number(bucket))));
      await redis.write((client) => client.zrem(keys.buckets, bucket));
    }
  };
  const sweepReplays = async (pipelineId: string, passed: number): Promise<void> => {
    const keys = logKeys(redis.keys, pipelineId);
    let last = 0;
    for (;;) {
      const start = last;
      const ids = await redis.read((client) =>
        client.zrange(keys.replays, '-inf', String(passed), 'BYSCORE', 'LIMIT', start, REPLAYS_AT_ONCE),
      );
      const jobs = await Promise.all(ids.map((id) => redis.read((client) => client.hgetall(keys.replay(id)))));
      const ended = ids.filter((_, i) => {
        const job = toJob(jobs[i]!);
        return job === null || (job.finishedAt !== null && job.finishedAt <= passed);
      });
      await forget(pipelineId, ended);
      if (ids.length < REPLAYS_AT_ONCE) return;
      last += ids.length - ended.length;
    }
  };

  return {
    prune: async (pipelineId, before, maxBytes) => {
      const keys = logKeys(redis.keys, pipelineId);
      const [removed, more] = await scripts.prune(
        [keys.log, keys.state, keys.marks, keys.commits, ...keys.fates, keys.attempts],
        [before, maxBytes, SLICE_ENTRIES, SLICE_BYTES],
      );
      return { removed, more: more === 1 };
    },

    sweep: async (now) => {
      for (const pipelineId of await pipelines()) {
        await dropBuckets(pipelineId, String(lastPassed(now)));
        await sweepReplays(pipelineId, now - REPLAY_MS);
      }
    },

    deletePipeline: async (pipelineId) => {
      reading.end(pipelineId);
      const keys = logKeys(redis.keys, pipelineId);
      // Its lease first, and with it all that an append goes on from: who delivers it can settle nothing from here on, and its
      // idempotency keys mean nothing any more.
      await redis.write((client) =>
        client.unlink(keys.state, keys.log, keys.marks, keys.commits, ...keys.fates, keys.attempts),
      );
      await dropBuckets(pipelineId, '+inf');
      for (;;) {
        const ids = await redis.read((client) => client.zrange(keys.replays, 0, String(REPLAYS_AT_ONCE - 1)));
        if (ids.length === 0) break;
        await forget(pipelineId, ids);
      }
      await redis.write((client) => client.srem(index.pipelines, pipelineId));
      // Events may have come since; then it stays known.
      const back = await redis.read((client) => client.exists(keys.state));
      if (back === 1) await redis.write((client) => client.sadd(index.pipelines, pipelineId));
    },

    pipelines,
  };
}
