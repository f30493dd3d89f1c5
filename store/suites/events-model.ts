import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { EventLog, EventStatus, ReaderLease } from '../event-ports.ts';
import { ALL, REFUSED, commitTo, lease, listAll, newEvent, offsets, range } from './events-samples.ts';
import { storeForEachTest, type NewStore } from './fixture.ts';
import { T0 } from './samples.ts';

/** What a log must agree with: one pipeline, in plain arrays. */
interface Model {
  readonly events: { id: string; at: number; status: EventStatus; type: string; resolved: boolean; call: number }[];
  committed: number;
  oldest: number;
  now: number;
  calls: number;
  readonly keys: Map<string, number>;
}

type Step =
  | { readonly do: 'append'; readonly count: number; readonly type: string; readonly key: number }
  | { readonly do: 'commit'; readonly count: number; readonly failEvery: number; readonly honour: boolean }
  | { readonly do: 'cancel' | 'discard'; readonly event: number }
  | { readonly do: 'prune'; readonly ageMs: number }
  | { readonly do: 'newReader' };

const steps: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    do: fc.constant('append' as const),
    count: fc.integer({ min: 1, max: 6 }),
    type: fc.constantFrom('a', 'b'),
    key: fc.integer({ min: 0, max: 8 }),
  }),
  fc.record({
    do: fc.constant('commit' as const),
    count: fc.integer({ min: 0, max: 8 }),
    failEvery: fc.integer({ min: 1, max: 5 }),
    honour: fc.boolean(),
  }),
  fc.record({ do: fc.constantFrom('cancel' as const, 'discard' as const), event: fc.nat(40) }),
  fc.record({ do: fc.constant('prune' as const), ageMs: fc.integer({ min: 0, max: 8000 }) }),
  fc.record({ do: fc.constant('newReader' as const) }),
);

/** Random histories agree with a simple model. */
export function eventsModelSuite(fresh: NewStore): void {
  describe('any history', () => {
    const under = storeForEachTest(fresh);

    test('of appends, commits, cancels, discards and prunes reads as it should', { timeout: 60_000 }, async () => {
      const { events } = await under.open();
      let runs = 0;
      await fc.assert(
        fc.asyncProperty(fc.array(steps, { minLength: 1, maxLength: 25 }), async (history) => {
          const pipelineId = `pl_${runs++}`;
          const model: Model = { events: [], committed: 0, oldest: 0, now: T0, calls: 0, keys: new Map() };
          let reader = await lease(events, pipelineId);
          for (const step of history) {
            model.now += 1000;
            reader = await take(events, pipelineId, model, step, reader);
          }
          await agree(events, pipelineId, model);
        }),
        { numRuns: 60 },
      );
    });
  });
}

/** Takes a step in both; answers the reader that is the newest then. */
async function take(
  log: EventLog,
  pipelineId: string,
  model: Model,
  step: Step,
  reader: ReaderLease,
): Promise<ReaderLease> {
  switch (step.do) {
    case 'append':
      await append(log, pipelineId, model, step);
      return reader;
    case 'commit':
      await commit(log, model, step, reader);
      return reader;
    case 'newReader': {
      const next = await lease(log, pipelineId);
      expect(next.offset).toBe(model.committed);
      expect(await log.commit(commitTo(reader, model.events.length))).toBe(false);
      return next;
    }
    case 'prune':
      await prune(log, pipelineId, model, model.now - step.ageMs);
      return reader;
    case 'cancel':
    case 'discard': {
      const event = model.events[step.event];
      if (event === undefined) return reader;
      const kept = step.event >= model.oldest;
      if (step.do === 'discard') {
        const counts = kept && event.status === 'failed' && !event.resolved;
        expect(await log.discard(pipelineId, [event.id], model.now)).toBe(counts ? 1 : 0);
        if (counts) event.resolved = true;
        return reader;
      }
      const possible = event.status === 'cancelled' || step.event >= model.committed;
      expect(await log.cancel(event.id, 'ada', model.now)).toBe(kept ? possible : null);
      if (kept && possible) event.status = 'cancelled';
      return reader;
    }
  }
}

async function append(log: EventLog, pipelineId: string, model: Model, step: Step & { do: 'append' }): Promise<void> {
  const call = model.calls++;
  const keyed = { idempotencyKey: `k${step.key}`, payload: `{"key":${step.key}}`, type: 'a' };
  const calls = [
    newEvent({ pipelineId, ...keyed }),
    ...range(1, step.count).map(() => newEvent({ pipelineId, type: step.type })),
  ];
  const answers = await log.append(calls, model.now);
  const known = model.keys.get(keyed.idempotencyKey);
  answers.forEach((answer, index) => {
    if (index === 0 && known !== undefined) {
      expect(answer).toMatchObject({ result: 'repeated', offset: known });
      return;
    }
    expect(answer).toMatchObject({ result: 'appended', offset: model.events.length, receivedAt: model.now });
    if (answer.result !== 'appended') return;
    if (index === 0) model.keys.set(keyed.idempotencyKey, answer.offset);
    model.events.push({
      id: answer.id,
      at: model.now,
      status: 'accepted',
      type: calls[index]!.type,
      resolved: false,
      call,
    });
  });
}

/** Settles some: leaves out what is cancelled, or delivers it nevertheless. */
async function commit(log: EventLog, model: Model, step: Step & { do: 'commit' }, reader: ReaderLease): Promise<void> {
  const to = Math.min(model.committed + step.count, model.events.length);
  const wished = await log.cancelled(reader.pipelineId, model.committed, to);
  const batch = range(model.committed, to);
  expect(wished).toEqual(new Set(batch.filter((offset) => model.events[offset]!.status === 'cancelled')));
  const cancelled = step.honour ? [...wished] : [];
  const failed = batch.filter((offset) => offset % step.failEvery === 0 && !cancelled.includes(offset));
  const letters = failed.map((offset) => ({ offset, attempts: 2, error: REFUSED }));
  expect(await log.commit(commitTo(reader, to, { failed: letters, cancelled }))).toBe(true);
  for (const offset of batch) {
    const fate = cancelled.includes(offset) ? 'cancelled' : failed.includes(offset) ? 'failed' : 'delivered';
    model.events[offset]!.status = fate;
  }
  model.committed = to;
}

/** Each call is a block of its own here, since each waited for the one before and a second passed between them. */
async function prune(log: EventLog, pipelineId: string, model: Model, before: number): Promise<void> {
  let removed = 0;
  for (let more = true; more;) {
    const slice = await log.prune(pipelineId, before, Infinity);
    removed += slice.removed;
    more = slice.more;
  }
  const stays = model.events.findIndex(
    ({ at, call }, offset) =>
      offset >= model.oldest &&
      (at >= before || model.events.findLastIndex((other) => other.call === call) >= model.committed),
  );
  const oldest = stays === -1 ? model.events.length : stays;
  expect(removed).toBe(oldest - model.oldest);
  model.oldest = oldest;
}

async function agree(log: EventLog, pipelineId: string, model: Model): Promise<void> {
  const kept = model.events.map((event, offset) => ({ ...event, offset })).slice(model.oldest);
  expect((await log.read(pipelineId, 0, ALL)).map(({ id }) => id)).toEqual(kept.map(({ id }) => id));
  const newest = kept.toReversed();
  const pipelineIds = [pipelineId];
  for (const type of [undefined, 'a', 'b']) {
    const ofType = newest.filter((event) => type === undefined || event.type === type);
    const filter = { pipelineIds, ...(type === undefined ? {} : { type }) };
    for (const status of ['accepted', 'delivered', 'failed', 'cancelled'] as const) {
      const expected = offsets(ofType.filter((event) => event.status === status));
      expect(offsets(await listAll(log, { ...filter, status }, 3))).toEqual(expected);
    }
    const listed = await listAll(log, filter, 4);
    expect(listed.map(({ offset, status }) => [offset, status])).toEqual(
      ofType.map(({ offset, status }) => [offset, status]),
    );
  }
  const letters = newest.filter(({ status, resolved }) => status === 'failed' && !resolved);
  expect(offsets(await listAll(log, { pipelineIds, unresolved: true }))).toEqual(offsets(letters));
  const stats = (await log.stats(pipelineIds, model.now)).get(pipelineId);
  if (model.events.length === 0) return expect(stats).toBeUndefined();
  expect(stats).toMatchObject({
    next: model.events.length,
    committed: model.committed,
    oldest: model.oldest,
    deadLetters: letters.length,
    last24h: kept.length,
    lastReceivedAt: model.events.at(-1)!.at,
    waitingSince: model.events[model.committed]?.at ?? null,
  });
}
