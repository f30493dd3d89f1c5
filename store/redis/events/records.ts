import type { ErrorRecord } from '../../../foundation/errors.ts';
import type { EventFilter, EventRecord, StoredEvent } from '../../event-ports.ts';
import { parseJson } from '../../exact-json.ts';
import type { RedisConnection } from '../client.ts';
import { logKeys } from './keys.ts';
import type { EventScripts, FatesReply } from './scripts.ts';

export interface FailedRecord {
  readonly offset: number;
  readonly attempts: number;
  readonly error: ErrorRecord;
  readonly at: number;
}

export interface CancelledRecord {
  readonly offset: number;
  readonly by: string | null;
  readonly at: number;
}

export interface RetriedRecord {
  readonly offset: number;
  readonly by: string;
}

/** Gives events their fates. They are in order and of one block. */
export type WithFates = (pipelineId: string, events: readonly StoredEvent[]) => Promise<EventRecord[]>;

export function withFates(redis: RedisConnection, scripts: EventScripts): WithFates {
  return async (pipelineId, events) => {
    if (events.length === 0) return [];
    const keys = logKeys(redis.keys, pipelineId);
    const fates = await scripts.fates(
      [keys.state, keys.commits, keys.failed, keys.cancelled, keys.retried, keys.resolved],
      [events[0]!.offset, events.at(-1)!.offset + 1],
    );
    return records(events, fates);
  };
}

function records(events: readonly StoredEvent[], fates: FatesReply): EventRecord[] {
  const [committed, replies, ...sets] = fates;
  const [failed, cancelled, retried] = [
    byOffset<FailedRecord>(sets[0]),
    byOffset<CancelledRecord>(sets[1]),
    byOffset<RetriedRecord>(sets[2]),
  ];
  const commits = replies.map(([id, fields]) => ({
    upto: Number(id.split('-')[0]),
    at: Number(fields![1]),
    revision: fields![3]!,
  }));
  const resolved = new Map(evens(sets[3]).map((text) => text.split(' ').map(Number) as [number, number]));
  let next = 0;
  return events.map((event) => {
    const { offset } = event;
    while (next < commits.length && commits[next]!.upto <= offset) next++;
    const settled = offset < committed ? commits[next] : undefined;
    const failure = failed.get(offset);
    const cancellation = failure === undefined ? cancelled.get(offset) : undefined;
    const status =
      failure !== undefined
        ? 'failed'
        : cancellation !== undefined
          ? 'cancelled'
          : offset < committed
            ? 'delivered'
            : 'accepted';
    return {
      ...event,
      status,
      settledAt: failure?.at ?? cancellation?.at ?? settled?.at ?? null,
      revision: settled?.revision ?? null,
      error: failure?.error ?? null,
      attemptCount: failure?.attempts ?? null,
      cancelledBy: cancellation?.by ?? null,
      retriedBy: retried.get(offset)?.by ?? null,
      resolvedAt: resolved.get(offset) ?? null,
    };
  });
}

const evens = (list: readonly string[]): string[] => list.filter((_, i) => i % 2 === 0);

function byOffset<T extends { readonly offset: number }>(list: readonly string[]): ReadonlyMap<number, T> {
  const parsed = evens(list).map((text) => parseJson(text) as T);
  return new Map(parsed.map((record) => [record.offset, record]));
}

/** Whether a record is what a filter asks for, but for its pipeline. */
export function matches(record: EventRecord, filter: EventFilter): boolean {
  const { type, status, unresolved, from = -Infinity, to = Infinity } = filter;
  return (
    (type === undefined || record.type === type) &&
    (status === undefined || record.status === status) &&
    (unresolved !== true || (record.status === 'failed' && record.resolvedAt === null)) &&
    record.receivedAt >= from &&
    record.receivedAt < to
  );
}
