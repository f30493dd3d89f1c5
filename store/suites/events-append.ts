import { describe, expect, test } from 'vitest';
import { parseEventId, pipelineTag } from '../event-id.ts';
import { IDEMPOTENCY_MS, type NewEvent } from '../event-ports.ts';
import { ALL, PIPELINE, REFUSED, newEvent, newEvents, offsets, range, readAll, stored } from './events-samples.ts';
import { storeForEachTest, type NewStore } from './fixture.ts';
import { T0 } from './samples.ts';

/** Storing events, once for each idempotency key. */
export function eventsAppendSuite(fresh: NewStore): void {
  describe('append', () => {
    const under = storeForEachTest(fresh);

    test('counts the events of each pipeline from 0, and its ids tell where they are', async () => {
      const { events } = await under.open();
      const answers = await stored(events, [...newEvents(2), newEvent({ pipelineId: 'pl_other' }), ...newEvents(1)]);
      expect(offsets(answers)).toEqual([0, 1, 0, 2]);
      expect(parseEventId(answers[2]!.id)).toEqual({ receivedAt: T0, tag: pipelineTag('pl_other'), offset: 0 });
      expect(offsets(await stored(events, newEvents(1), T0 + 1))).toEqual([3]);
      expect(await events.append([], T0)).toEqual([]);
    });

    test('keeps all of an event', async () => {
      const { events } = await under.open();
      const strange = 'ключ "\\ \u0000 \u{1f600} \u2028';
      const payload =
        '{ "id": 12345678901234567890, "text": "\\u0000 \\ud800 ü\u{1f600}", "__proto__": [1.5e3, null],\n "a": {} }';
      const full: NewEvent = {
        ...newEvent({ type: strange, key: strange, payload }),
        attributes: '{"source":"/shop","n":1}',
        retryOf: 'ev_01m7z5968ssvq7v28000000001',
        refused: { ...REFUSED, issues: [{ pointer: '/a', message: 'must be a number' }] },
      };
      const [first, second, third] = await stored(events, [full, newEvent(), newEvent({ retryOf: full.retryOf! })]);
      const [one, two, three] = await events.read(PIPELINE, 0, ALL);
      const { id, offset, receivedAt } = first!;
      expect(one).toMatchObject({ id, offset, receivedAt, pipelineId: PIPELINE, type: strange, key: strange });
      expect(one).toMatchObject({
        attributes: { source: '/shop', n: 1 },
        retryOf: full.retryOf,
        refused: full.refused,
      });
      expect(Object.entries(one!.payload)).toEqual([
        ['id', 12345678901234567890n],
        ['text', '\u0000 \ud800 ü\u{1f600}'],
        ['__proto__', [1500, null]],
        ['a', {}],
      ]);
      const bare = { key: null, attributes: null, refused: null, payload: { total: 1 } };
      expect(two).toMatchObject({ ...bare, id: second!.id, retryOf: null });
      expect(three).toMatchObject({ ...bare, id: third!.id, retryOf: full.retryOf });
      expect(await events.get(first!.id)).toMatchObject(one!);
    });

    test('takes payloads of the largest size, and thousands of events in a call', async () => {
      const { events } = await under.open();
      const large = `{"text":"${'ü'.repeat(100_000)}"}`;
      await stored(events, [...newEvents(10, 0, { payload: large }), ...newEvents(9990)]);
      const all = await readAll(events, PIPELINE, 700);
      expect(offsets(all)).toEqual(range(0, 10_000));
      expect(all[9]!.payload).toEqual({ text: 'ü'.repeat(100_000) });
      expect(all[9999]!.payload).toEqual({ n: 9989 });
    });

    test('calls at the same time get offsets in their order, whatever their pipelines', async () => {
      const { events } = await under.open();
      const calls = await Promise.all(
        range(0, 50).map((n) =>
          stored(events, [...newEvents(2, n * 2), newEvent({ pipelineId: `pl_${n % 3}` })], T0 + n),
        ),
      );
      expect(calls.flatMap((answers) => offsets(answers.slice(0, 2)))).toEqual(range(0, 100));
      expect((await readAll(events)).map(({ payload }) => payload['n'])).toEqual(range(0, 100));
      for (const n of [0, 1, 2]) expect(offsets(await readAll(events, `pl_${n}`))).toEqual(range(0, n === 2 ? 16 : 17));
    });

    test('the time never falls, also when a clock goes back', async () => {
      const { events } = await under.open();
      const [first] = await stored(events, newEvents(1), T0 + 1000);
      const [second] = await stored(events, newEvents(1), T0);
      const [third] = await stored(events, newEvents(1), T0 + 2000);
      expect([first, second, third].map((answer) => answer!.receivedAt - T0)).toEqual([1000, 1000, 2000]);
      expect((await readAll(events)).map(({ receivedAt }) => receivedAt - T0)).toEqual([1000, 1000, 2000]);
    });
  });

  describe('idempotency keys', () => {
    const under = storeForEachTest(fresh);
    const keyed = (key: string, over: Partial<NewEvent> = {}): NewEvent => newEvent({ idempotencyKey: key, ...over });

    test('a key answers with its first event, from any handle; each pipeline has keys of its own', async () => {
      const [{ events }, other] = [await under.open(), await under.open()];
      const [first] = await stored(events, [keyed('a')]);
      const repeated = { result: 'repeated', id: first!.id, offset: 0, receivedAt: T0 };
      expect(await events.append([keyed('a')], T0 + 5000)).toEqual([repeated]);
      expect(await other.events.append([keyed('b'), keyed('a')], T0 + 5000)).toMatchObject([
        { result: 'appended', offset: 1 },
        repeated,
      ]);
      await stored(events, [keyed('a', { pipelineId: 'pl_other' })]);
      expect(await readAll(events)).toHaveLength(2);
      // What is repeated only leaves no trace.
      await events.append([keyed('a')], T0 + 9000);
      const stats = (await events.stats([PIPELINE], T0)).get(PIPELINE)!;
      expect(stats).toMatchObject({ next: 2, lastReceivedAt: T0 + 5000 });
      const [third] = await stored(events, newEvents(1), T0 + 6000);
      expect(third).toMatchObject({ offset: 2, receivedAt: T0 + 6000 });
    });

    test.each([
      ['type', { type: 'order.paid' }],
      ['key', { key: 'k' }],
      ['payload', { payload: '{"total":2}' }],
      ['attributes', { attributes: '{}' }],
    ])('another %s with the same key is a conflict, and the rest of the call is stored', async (_what, over) => {
      const { events } = await under.open();
      await stored(events, [keyed('a')]);
      expect(await events.append([keyed('a', over), newEvent()], T0)).toMatchObject([
        { result: 'conflict' },
        { result: 'appended', offset: 1 },
      ]);
      expect(await readAll(events)).toHaveLength(2);
    });

    test('within one call and among calls at the same time the first wins', async () => {
      const { events } = await under.open();
      const answers = await events.append([keyed('a'), keyed('a'), keyed('a', { type: 'other' }), keyed('b')], T0);
      expect(answers.map(({ result }) => result)).toEqual(['appended', 'repeated', 'conflict', 'appended']);
      expect(answers[1]).toEqual({ ...answers[0], result: 'repeated' });
      const many = await Promise.all(range(0, 20).map(() => events.append([keyed('c')], T0)));
      expect(many.flat().filter(({ result }) => result === 'appended')).toHaveLength(1);
      expect(new Set(many.flat().map((answer) => answer.result !== 'conflict' && answer.id)).size).toBe(1);
      expect(await readAll(events)).toHaveLength(3);
    });

    test('a key passes after 24 hours, swept or not, and not before', async () => {
      const { events } = await under.open();
      await stored(events, [keyed('a'), keyed('b')]);
      await events.sweep(T0 + IDEMPOTENCY_MS - 1);
      expect(await events.append([keyed('a')], T0 + IDEMPOTENCY_MS - 1)).toMatchObject([{ result: 'repeated' }]);
      expect(await events.append([keyed('a')], T0 + IDEMPOTENCY_MS)).toMatchObject([{ result: 'appended', offset: 2 }]);
      await events.sweep(T0 + IDEMPOTENCY_MS);
      expect(await events.append([keyed('a'), keyed('b')], T0 + IDEMPOTENCY_MS + 1)).toMatchObject([
        { result: 'repeated', offset: 2 },
        { result: 'appended', offset: 3 },
      ]);
    });
  });

  describe('back-pressure', () => {
    const under = storeForEachTest(fresh);

    test(
      'more than may wait in memory is refused at once, and what was taken is stored',
      { timeout: 30_000 },
      async () => {
        const { events } = await under.open();
        await stored(events, newEvents(1));
        const payload = `{"text":"${'x'.repeat(250_000)}"}`;
        const calls = range(0, 40).map(() => events.append(newEvents(10, 0, { payload }), T0));
        const outcomes = await Promise.allSettled(calls);
        const refused = outcomes.filter((outcome) => outcome.status === 'rejected');
        expect(refused.length).toBeGreaterThan(0);
        for (const { reason } of refused) {
          expect(reason).toMatchObject({ code: 'overloaded', retryable: true, retryAfter: 1 });
        }
        expect((await events.stats([PIPELINE], T0)).get(PIPELINE)!.next).toBe(1 + (40 - refused.length) * 10);
        await stored(events, newEvents(1));
      },
    );
  });
}
