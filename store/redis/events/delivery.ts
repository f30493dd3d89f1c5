import { HeadgateError } from '../../../foundation/errors.ts';
import { MAX_ATTEMPTS, type DeliveryAttempt, type EventDelivery } from '../../event-ports.ts';
import { formatJson } from '../../exact-json.ts';
import type { RedisConnection } from '../client.ts';
import { GROUP, indexKeys, logKeys } from './keys.ts';
import type { LogReading } from './read.ts';
import type { EventScripts } from './scripts.ts';

/** Arguments for attempts. The time stands first in the record, so that those of one batch are in its order. */
export const attemptArgs = (attempts: readonly DeliveryAttempt[]): (string | number)[] =>
  attempts.flatMap(({ startedAt, ...rest }) => [rest.from, rest.to, JSON.stringify({ startedAt, ...rest })]);

/** Leases and commits. */
export function delivery(
  redis: RedisConnection,
  scripts: EventScripts,
  reading: LogReading,
): Pick<EventDelivery, 'acquire' | 'renew' | 'release' | 'cancelled' | 'commit'> {
  const index = indexKeys(redis.keys).pipelines;

  return {
    acquire: async (pipelineId, holder, ttlMs) => {
      await redis.write((client) => client.sadd(index, pipelineId));
      const { log, state } = logKeys(redis.keys, pipelineId);
      const taken = await scripts.acquire([log, state], [holder, ttlMs, GROUP]);
      if (taken === null) return null;
      const [epoch, offset] = taken;
      reading.begin(pipelineId, holder, epoch, offset);
      return { pipelineId, epoch, offset };
    },

    renew: async (leases, ttlMs) => {
      const kept = await Promise.all(
        leases.map(({ pipelineId, epoch }) => {
          const known = reading.known(pipelineId, epoch);
          const args = [epoch, ttlMs, known.committed, known.next];
          return scripts.renew([logKeys(redis.keys, pipelineId).state], args);
        }),
      );
      return new Set(leases.filter((_, i) => kept[i] === 1).map(({ pipelineId }) => pipelineId));
    },

    release: async ({ pipelineId, epoch }) => {
      reading.end(pipelineId, epoch);
      await scripts.release([logKeys(redis.keys, pipelineId).state], [epoch]);
    },

    cancelled: async (pipelineId, from, to) => {
      const { cancelled } = logKeys(redis.keys, pipelineId);
      const found = await redis.read((client) => client.zrange(cancelled, from, `(${to}`, 'BYSCORE', 'WITHSCORES'));
      return new Set(found.filter((_, i) => i % 2 === 1).map(Number));
    },

    commit: async (commit) => {
      const { pipelineId, epoch, offset, at, revision, failed, attempts } = commit;
      const left = [...commit.cancelled.map((each) => ({ offset: each, by: null })), ...(commit.leftOut ?? [])];
      const keys = logKeys(redis.keys, pipelineId);
      const known = reading.known(pipelineId, epoch);
      const counts = [failed.length, left.length, attempts.length];
      const head = [epoch, offset, at, revision, GROUP, ...counts, MAX_ATTEMPTS, known.committed, known.next];
      const body = [
        ...failed.flatMap((each) => [each.offset, formatJson({ ...each, at })]),
        ...left.flatMap((each) => [each.offset, JSON.stringify({ ...each, at })]),
        ...attemptArgs(attempts),
      ];
      const done = await scripts.commit(
        [
          keys.log,
          keys.state,
          keys.commits,
          keys.failed,
          keys.dead,
          keys.cancelled,
          keys.attempts,
          keys.retried,
          keys.resolved,
        ],
        [...head, ...body, ...reading.settled(pipelineId, epoch, offset)],
      );
      if (done === -1) {
        throw new HeadgateError('internal', `a commit of ${pipelineId} to ${offset} settles what it may not`);
      }
      if (done === 0) reading.end(pipelineId, epoch);
      else reading.committed(pipelineId, epoch, offset);
      return done === 1;
    },
  };
}
