import {
  MAX_ATTEMPTS,
  type EventControl,
  type EventDelivery,
  type NewReplay,
  type ReplayJob,
  type ReplayProgress,
  type ReplayStatus,
} from '../../event-ports.ts';
import type { ErrorRecord } from '../../../foundation/errors.ts';
import type { RedisConnection } from '../client.ts';
import type { Changes } from './changes.ts';
import { attemptArgs } from './delivery.ts';
import { indexKeys, logKeys } from './keys.ts';
import type { EventScripts } from './scripts.ts';

/** Replays that `replays` and `openReplays` answer at the most. */
const MAX_REPLAYS = 1000;

type Replays = Pick<EventControl, 'createReplay' | 'replay' | 'replays' | 'cancelReplay'> &
  Pick<EventDelivery, 'openReplays' | 'updateReplay'>;

/** Wishes to deliver settled events once more, and what became of them. */
export function replays(redis: RedisConnection, scripts: EventScripts, changes: Changes): Replays {
  const index = indexKeys(redis.keys);
  const pipelineOf = (id: string): Promise<string | null> => redis.read((client) => client.hget(index.replays, id));
  const get = async (pipelineId: string, id: string): Promise<ReplayJob | null> => {
    const key = logKeys(redis.keys, pipelineId).replay(id);
    return toJob(await redis.read((client) => client.hgetall(key)));
  };
  const all = async (pipelineId: string, ids: readonly string[]): Promise<ReplayJob[]> => {
    const jobs = await Promise.all(ids.map((id) => get(pipelineId, id)));
    return jobs.filter((job) => job !== null);
  };

  return {
    createReplay: async (replay) => {
      const { id, pipelineId, createdAt } = replay;
      // The indexes first: see `indexKeys`.
      await redis.write((client) => client.sadd(index.pipelines, pipelineId));
      const owner = await redis.write(async (client) => {
        await client.hsetnx(index.replays, id, pipelineId);
        return client.hget(index.replays, id);
      });
      const keys = logKeys(redis.keys, owner!);
      const progress: ReplayProgress = { total: null, processed: 0, delivered: 0, failed: 0, position: 0 };
      await scripts.createReplay(
        [keys.replays, keys.openReplays, keys.replay(id)],
        [id, createdAt, JSON.stringify(replay), JSON.stringify(progress), ...changes.message(pipelineId)],
      );
      changes.notify(pipelineId);
      return (await get(owner!, id))!;
    },

    replay: async (id) => {
      const pipelineId = await pipelineOf(id);
      return pipelineId === null ? null : get(pipelineId, id);
    },

    replays: async (pipelineId) => {
      const key = logKeys(redis.keys, pipelineId).replays;
      return all(pipelineId, await redis.read((client) => client.zrange(key, 0, String(MAX_REPLAYS - 1), 'REV')));
    },

    openReplays: async (pipelineId) => {
      const key = logKeys(redis.keys, pipelineId).openReplays;
      return all(pipelineId, await redis.read((client) => client.zrange(key, 0, String(MAX_REPLAYS - 1))));
    },

    cancelReplay: async (id, by, now) => {
      const pipelineId = await pipelineOf(id);
      if (pipelineId === null) return null;
      const keys = logKeys(redis.keys, pipelineId);
      await scripts.cancelReplay([keys.openReplays, keys.replay(id)], [id, by, now, ...changes.message(pipelineId)]);
      changes.notify(pipelineId);
      return get(pipelineId, id);
    },

    updateReplay: async (update) => {
      const { id, pipelineId, epoch, at, status, error, resolved, attempts } = update;
      const { total, processed, delivered, failed, position } = update;
      const keys = logKeys(redis.keys, pipelineId);
      const progress = JSON.stringify({ total, processed, delivered, failed, position });
      const problem = error === undefined ? '' : JSON.stringify(error);
      const head = [epoch, id, at, status, progress, problem, resolved.length, MAX_ATTEMPTS];
      const done = await scripts.updateReplay(
        [keys.state, keys.openReplays, keys.replay(id), keys.dead, keys.resolved, keys.attempts],
        [...head, ...resolved, ...attemptArgs(attempts)],
      );
      return done === 1;
    },
  };
}

/** Null where there is no such replay. */
export function toJob(fields: Readonly<Record<string, string>>): ReplayJob | null {
  const { wish, progress, status, error } = fields;
  if (wish === undefined) return null;
  const time = (name: string): number | null => (fields[name] === undefined ? null : Number(fields[name]));
  return {
    ...(JSON.parse(wish) as NewReplay),
    ...(JSON.parse(progress!) as ReplayProgress),
    status: status as ReplayStatus,
    startedAt: time('startedAt'),
    finishedAt: time('finishedAt'),
    cancelRequestedAt: time('cancelRequestedAt'),
    cancelRequestedBy: fields['cancelRequestedBy'] ?? null,
    error: error === undefined ? null : (JSON.parse(error) as ErrorRecord),
  };
}
