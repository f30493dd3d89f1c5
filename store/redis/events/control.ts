import { MAX_ATTEMPTS, type DeliveryAttempt, type EventControl, type EventStats } from '../../event-ports.ts';
import { parseEventId, pipelineTag } from '../../event-id.ts';
import { parseJson } from '../../exact-json.ts';
import type { RedisConnection } from '../client.ts';
import { eventsOf } from './blocks.ts';
import type { Changes } from './changes.ts';
import type { FindEvent } from './find.ts';
import { logKeys } from './keys.ts';
import type { WithFates } from './records.ts';
import type { EventScripts } from './scripts.ts';

/** Dead letters that one script resolves. */
const DISCARD_AT_ONCE = 1000;
/** Attempts that are looked at for one event: those of single events, and of the batches that held it. */
const LOOK_AT_ATTEMPTS = 10_000;
/** Pipelines whose figures are asked for at the same time. */
const STATS_AT_ONCE = 200;
const DAY_MS = 24 * 3_600_000;

export interface ControlTools {
  readonly redis: RedisConnection;
  readonly scripts: EventScripts;
  readonly changes: Changes;
  readonly find: FindEvent;
  readonly withFates: WithFates;
}

/** What people ask of single events, and decide about them. */
export function control(
  tools: ControlTools,
): Pick<EventControl, 'get' | 'attempts' | 'cancel' | 'retried' | 'discard' | 'stats'> {
  const { redis, scripts, changes, find, withFates } = tools;

  return {
    get: async (id) => {
      const place = await find(id);
      if (place === null) return null;
      const { pipelineId, block, offset } = place;
      const [record] = await withFates(pipelineId, eventsOf(pipelineId, block, offset, offset + 1));
      return record!;
    },

    attempts: async (id) => {
      const place = await find(id);
      if (place === null) return [];
      const keys = logKeys(redis.keys, place.pipelineId);
      const widest = Number((await redis.read((client) => client.hget(keys.state, 'widest'))) ?? 0);
      // One that holds the offset ends at most `widest` behind it.
      const texts = await redis.read((client) =>
        client.zrange(
          keys.attempts,
          `(${place.offset}`,
          String(place.offset + widest),
          'BYSCORE',
          'LIMIT',
          0,
          LOOK_AT_ATTEMPTS,
        ),
      );
      return texts
        .map((text) => parseJson(text) as DeliveryAttempt)
        .filter(({ from }) => from <= place.offset)
        .toSorted((a, b) => a.startedAt - b.startedAt)
        .slice(-MAX_ATTEMPTS);
    },

    cancel: async (id, by, now) => {
      const place = await find(id);
      if (place === null) return null;
      const { pipelineId, offset } = place;
      const keys = logKeys(redis.keys, pipelineId);
      const record = JSON.stringify({ offset, by, at: now });
      const done = await scripts.cancel([keys.state, keys.cancelled], [offset, record, ...changes.message(pipelineId)]);
      if (done === 1) changes.notify(pipelineId);
      return done === 1;
    },

    retried: async (id, by, now) => {
      const place = await find(id);
      if (place === null) return;
      const keys = logKeys(redis.keys, place.pipelineId);
      const record = JSON.stringify({ offset: place.offset, by });
      await scripts.retried([keys.retried, keys.dead, keys.resolved], [place.offset, record, now]);
    },

    discard: async (pipelineId, ids, now) => {
      const { dead, resolved } = logKeys(redis.keys, pipelineId);
      let all = 0;
      if (ids === null) {
        for (;;) {
          const some = await scripts.discard([dead, resolved], [now, DISCARD_AT_ONCE]);
          all += some;
          if (some < DISCARD_AT_ONCE) return all;
        }
      }
      const places = [];
      for (const id of new Set(ids)) {
        const parts = parseEventId(id);
        if (parts?.tag !== pipelineTag(pipelineId)) continue;
        const place = await find(id);
        if (place?.pipelineId === pipelineId) places.push(place.offset);
      }
      for (let start = 0; start < places.length; start += DISCARD_AT_ONCE) {
        const some = places.slice(start, start + DISCARD_AT_ONCE);
        all += await scripts.discard([dead, resolved], [now, 0, ...some]);
      }
      return all;
    },

    stats: async (pipelineIds, now) => {
      const all = new Map<string, EventStats>();
      for (let start = 0; start < pipelineIds.length; start += STATS_AT_ONCE) {
        const some = pipelineIds.slice(start, start + STATS_AT_ONCE);
        const found = await Promise.all(
          some.map((id) => {
            const keys = logKeys(redis.keys, id);
            return scripts.stats([keys.log, keys.state, keys.marks, keys.dead], [Math.max(0, now - DAY_MS)]);
          }),
        );
        found.forEach((figures, i) => {
          if (figures !== null) all.set(some[i]!, statsOf(figures));
        });
      }
      return all;
    },
  };
}

function statsOf(figures: readonly number[]): EventStats {
  const [next, committed, oldest, bytes, backlogBytes, deadLetters, last24h, last, committedAt, waiting] = figures as [
    ...[number, number, number, number, number],
    ...[number, number, number, number, number],
  ];
  const known = (time: number): number | null => (time < 0 ? null : time);
  return {
    next,
    committed,
    oldest,
    bytes,
    backlogBytes,
    deadLetters,
    last24h,
    lastReceivedAt: next === 0 ? null : last,
    committedAt: known(committedAt),
    waitingSince: known(waiting),
  };
}
