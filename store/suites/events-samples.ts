import { sleep } from '../../foundation/time.ts';
import type {
  Appended,
  DeliveryAttempt,
  DeliveryCommit,
  EventLog,
  EventRecord,
  NewEvent,
  NewReplay,
  ReaderLease,
  ReplayUpdate,
  StoredEvent,
} from '../event-ports.ts';
import { T0 } from './samples.ts';

export const PIPELINE = 'pl_orders';
export const REVISION = 'c0ffee';
export const TTL = 10_000;
/** More than any test stores. */
export const ALL = { events: 100_000, bytes: 1e9 };

export const newEvent = (over: Partial<NewEvent> = {}): NewEvent => ({
  pipelineId: PIPELINE,
  type: 'order.created',
  key: null,
  payload: '{"total":1}',
  ...over,
});

/** Events with payloads `{"n":from}` and on. */
export const newEvents = (count: number, from = 0, over: Partial<NewEvent> = {}): NewEvent[] =>
  Array.from({ length: count }, (_, n) => newEvent({ payload: `{"n":${from + n}}`, ...over }));

/** Appends events that must all be new. */
export async function stored(
  log: EventLog,
  events: readonly NewEvent[],
  now = T0,
): Promise<(Appended & { result: 'appended' })[]> {
  return (await log.append(events, now)).map((answer) => {
    if (answer.result !== 'appended') throw new Error(`not appended: ${answer.result}`);
    return answer;
  });
}

export async function lease(
  log: EventLog,
  pipelineId = PIPELINE,
  holder = 'reader',
  ttlMs = TTL,
): Promise<ReaderLease> {
  const taken = await log.acquire(pipelineId, holder, ttlMs);
  if (taken === null) throw new Error(`somebody else reads ${pipelineId}`);
  return taken;
}

/** The lease of the next reader, once that of the one before has run out. */
export async function nextLease(log: EventLog, pipelineId = PIPELINE, holder = 'next'): Promise<ReaderLease> {
  for (;;) {
    const taken = await log.acquire(pipelineId, holder, TTL);
    if (taken !== null) return taken;
    await sleep(10);
  }
}

/** A commit of what `reader` holds, up to `offset`. */
export const commitTo = (reader: ReaderLease, offset: number, over: Partial<DeliveryCommit> = {}): DeliveryCommit => ({
  pipelineId: reader.pipelineId,
  epoch: reader.epoch,
  offset,
  at: T0 + 100,
  revision: REVISION,
  failed: [],
  cancelled: [],
  attempts: [],
  ...over,
});

export const REFUSED = { code: 'destination_unreachable', message: 'no answer' } as const;

/** Settles everything, with these offsets as dead letters. */
export async function settle(
  log: EventLog,
  failed: readonly number[] = [],
  pipelineId = PIPELINE,
): Promise<ReaderLease> {
  const reader = await lease(log, pipelineId);
  const { next } = (await log.stats([pipelineId], T0)).get(pipelineId)!;
  const letters = failed.map((offset) => ({ offset, attempts: 3, error: REFUSED }));
  if (!(await log.commit(commitTo(reader, next, { failed: letters })))) throw new Error('another reader came between');
  return reader;
}

export const attempt = (from: number, to: number, over: Partial<DeliveryAttempt> = {}): DeliveryAttempt => ({
  from,
  to,
  attempt: 1,
  destination: 'warehouse',
  startedAt: T0 + 10,
  durationMs: 5,
  outcome: 'failed',
  revision: REVISION,
  error: REFUSED,
  ...over,
});

export const newReplay = (over: Partial<NewReplay> = {}): NewReplay => ({
  id: 'rpl_1',
  pipelineId: PIPELINE,
  selection: { kind: 'dead-letters' },
  eventsPerSecond: 100,
  createdBy: 'ada',
  createdAt: T0,
  ...over,
});

export const replayUpdate = (reader: ReaderLease, over: Partial<ReplayUpdate> = {}): ReplayUpdate => ({
  id: 'rpl_1',
  pipelineId: reader.pipelineId,
  epoch: reader.epoch,
  at: T0 + 50,
  status: 'running',
  total: 2,
  processed: 1,
  delivered: 1,
  failed: 0,
  position: 1,
  resolved: [],
  attempts: [],
  ...over,
});

/** Everything of a pipeline, in reads of `batch` events. */
export async function readAll(log: EventLog, pipelineId = PIPELINE, batch = 1000): Promise<StoredEvent[]> {
  const events: StoredEvent[] = [];
  for (let offset = 0; ; offset = events.at(-1)!.offset + 1) {
    const some = await log.read(pipelineId, offset, { events: batch, bytes: 1e9 });
    if (some.length === 0) return events;
    events.push(...some);
  }
}

type Filter = Parameters<EventLog['list']>[0];

/** Every page of a list. */
export async function listAll(log: EventLog, filter: Partial<Filter> = {}, limit = 1000): Promise<EventRecord[]> {
  const events: EventRecord[] = [];
  let after: string | undefined;
  for (let pages = 0; pages < 10_000; pages++) {
    const page = await log.list({ pipelineIds: [PIPELINE], ...filter }, limit, after);
    if (page.events.length > limit) throw new Error('a page has more than was asked for');
    events.push(...page.events);
    if (page.next === null) return events;
    after = page.next;
  }
  throw new Error('the list has no end');
}

/** What comes behind `after`, until nothing more does. */
export async function tailAll(
  log: EventLog,
  filter: Partial<Filter>,
  limit: number,
  after: string,
): Promise<{ events: EventRecord[]; next: string }> {
  const events: EventRecord[] = [];
  let at = after;
  for (let calls = 0; calls < 10_000; calls++) {
    const page = await log.tail({ pipelineIds: [PIPELINE], ...filter }, limit, at);
    events.push(...page.events);
    if (page.next === at) return { events, next: at };
    at = page.next;
  }
  throw new Error('the tail has no end');
}

export const offsets = (events: readonly { readonly offset: number }[]): number[] => events.map(({ offset }) => offset);
export const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, n) => from + n);
