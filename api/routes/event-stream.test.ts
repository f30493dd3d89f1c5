import { afterAll, beforeAll, expect, test } from 'vitest';
import { addEvents, deadLetter, settle } from '../testing/events.ts';
import { declare, startTestApi, type TestApi } from '../testing/harness.ts';
import { pipelineId, stream } from '../testing/stream.ts';

let t: TestApi;
beforeAll(async () => {
  t = await startTestApi({ limits: { streams: 3, streamCheckMs: 200 } });
  await declare(t.resources, stream('live'), stream('other'), stream('fate'), stream('past'), stream('slow'));
});
afterAll(() => t.close());

interface Shown {
  readonly id: string;
  readonly status: string;
  readonly event_type: string;
  readonly pipeline: string;
  readonly payload: { readonly n: number };
}

/** A live answer, read event by event. */
async function open(path: string, lastId?: string, token = t.client.token) {
  const control = new AbortController();
  const headers: Record<string, string> = {
    authorization: `Bearer ${token}`,
    accept: 'text/event-stream',
    ...(lastId === undefined ? {} : { 'last-event-id': lastId }),
  };
  const response = await fetch(`${t.api.url}/v1${path}`, { signal: control.signal, headers });
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  let seen = '';
  const events = (): Shown[] => [...seen.matchAll(/^data: (.*)\n\n/gm)].map((match) => JSON.parse(match[1]!) as Shown);
  const until = async (enough: () => boolean): Promise<void> => {
    while (!enough()) {
      const { done, value } = await reader.read();
      if (done) throw new Error(`the stream ended: ${seen.slice(0, 500)}`);
      seen += value;
    }
  };
  return {
    status: response.status,
    type: response.headers.get('content-type'),
    events,
    count: async (number: number): Promise<Shown[]> => {
      await until(() => events().length >= number);
      return events();
    },
    position: async (): Promise<string> => {
      await until(() => /^id: \S+\n\n/m.test(seen));
      return [...seen.matchAll(/^id: (\S+)\n/gm)].at(-1)![1]!;
    },
    ended: async (): Promise<void> => {
      while (!(await reader.read()).done);
    },
    drop: () => control.abort(),
  };
}

const numbered = (from: number, count: number) =>
  Array.from({ length: count }, (_, index) => ({ payload: JSON.stringify({ n: from + index }) }));
const numbers = (events: readonly Shown[]): number[] => events.map(({ payload }) => payload.n);
const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

test('events come as they arrive, filtered, and what was there before does not', async () => {
  await addEvents(t, 'live', numbered(-1, 1));
  const live = await open('/events?pipeline_id=live&event_type=order.created');
  expect(live.type).toContain('text/event-stream');
  await live.position();
  await addEvents(t, 'other', numbered(50, 1));
  await addEvents(t, 'live', [...numbered(0, 2), { type: 'order.paid' }, ...numbered(2, 1)]);
  const shown = await live.count(3);
  expect(numbers(shown)).toEqual([0, 1, 2]);
  expect(shown[0]).toMatchObject({ pipeline: 'live', event_type: 'order.created', status: 'accepted' });
  live.drop();
});

test('a client that comes back misses nothing, also when it had seen nothing yet', async () => {
  await declare(t.resources, stream('resumed'));
  const first = await open('/events?pipeline_id=resumed');
  const position = await first.position();
  first.drop();
  await addEvents(t, 'resumed', numbered(0, 120));
  const second = await open('/events?pipeline_id=resumed', position);
  const seen = await second.count(70);
  second.drop();
  await addEvents(t, 'resumed', numbered(120, 5));
  const lastSeen = seen[69]!;
  const third = await open('/events?pipeline_id=resumed', lastSeen.id);
  // What arrived in the same millisecond may come again, so only what is new is compared.
  await third.count(55);
  const all = new Set([...numbers(seen.slice(0, 70)), ...numbers(third.events())]);
  expect([...all].sort((a, b) => a - b)).toEqual(upTo(125));
  third.drop();
});

test('`from` begins in the past', async () => {
  t.time.now = Date.now() + 60_000;
  await addEvents(t, 'past', numbered(0, 1));
  t.time.now += 1000;
  await addEvents(t, 'past', numbered(1, 60));
  const from = new Date(t.time.now).toISOString();
  const live = await open(`/events?pipeline_id=past&from=${from}`);
  expect(numbers(await live.count(60))).toEqual(upTo(61).slice(1));
  await addEvents(t, 'past', numbered(61, 1));
  expect(numbers(await live.count(61)).at(-1)).toBe(61);
  live.drop();
});

test('a stream of failed events shows each once its fate is known', async () => {
  const live = await open('/events?pipeline_id=fate&status=failed');
  await live.position();
  await addEvents(t, 'fate', numbered(0, 4));
  await settle(t, 'fate', 2, { failed: [deadLetter(1)] });
  expect(numbers(await live.count(1))).toEqual([1]);
  await settle(t, 'fate', 4, { failed: [deadLetter(3)] });
  const shown = await live.count(2);
  expect(numbers(shown)).toEqual([1, 3]);
  expect(shown.every(({ status }) => status === 'failed')).toBe(true);
  live.drop();
});

test('a slow client is read for at its own pace', async () => {
  const payload = JSON.stringify({ n: 0, text: 'x'.repeat(100_000) });
  const position = await open('/events?pipeline_id=slow').then(async (live) => {
    const at = await live.position();
    live.drop();
    return at;
  });
  for (let i = 0; i < 6; i++) {
    await addEvents(
      t,
      'slow',
      Array.from({ length: 50 }, () => ({ payload })),
    );
  }
  let reads = 0;
  const original = t.store.events.tail.bind(t.store.events);
  t.store.events.tail = (...args) => {
    reads += 1;
    return original(...args);
  };
  try {
    const response = await fetch(`${t.api.url}/v1/events?pipeline_id=slow`, {
      headers: { authorization: `Bearer ${t.client.token}`, accept: 'text/event-stream', 'last-event-id': position },
    });
    const reader = response.body!.getReader();
    await reader.read();
    // The log is read in parts of 50; 300 would be six of them.
    const early = reads;
    expect(early).toBeLessThan(5);
    let size = 0;
    while (size < 30_000_000) size += (await reader.read()).value!.length;
    expect(reads).toBeGreaterThan(early);
    await reader.cancel();
  } finally {
    t.store.events.tail = original;
  }
});

test('a stream ends with its pipeline', async () => {
  await declare(t.resources, stream('short-lived'));
  const live = await open('/events?pipeline_id=short-lived');
  await live.position();
  await t.resources.apply([{ action: 'delete', ref: { kind: 'Pipeline', namespace: 'default', name: 'short-lived' } }]);
  await t.resources.remove({ kind: 'Pipeline', namespace: 'default', name: 'short-lived' });
  await live.ended();
});

test('a stream ends with its token', async () => {
  const reader = await t.as({ scopes: ['read'] });
  const { id } = (await t.store.tokens.list()).find(({ scopes }) => scopes.join() === 'read')!;
  const live = await open('/events', undefined, reader.token);
  await live.position();
  await t.store.tokens.revoke(id, t.time.now);
  await live.ended();
});

test('live streams are counted, and given back', async () => {
  await expect
    .poll(async () => {
      const probe = await open('/events');
      probe.drop();
      return probe.status;
    })
    .toBe(200);
  const streams: { drop: () => void }[] = [];
  await expect
    .poll(async () => {
      const one = await open('/events');
      if (one.status === 200) streams.push(one);
      return one.status;
    })
    .toBe(503);
  for (const one of streams) one.drop();
  await expect
    .poll(async () => {
      const next = await open('/events');
      next.drop();
      return next.status;
    })
    .toBe(200);
});

test.each([
  ['?to=2030-01-01T00:00:00Z', {}, 400],
  ['?limit=5', {}, 400],
  ['?status=failed', {}, 400],
  ['?pipeline_id=nope', {}, 404],
  ['?pipeline_id=live', { 'last-event-id': 'not one' }, 400],
  ['?pipeline_id=live', { 'last-event-id': 'nonsense' }, 400],
])('%s with %j is refused', async (query, headers, status) => {
  const answer = await t.client.get(`/v1/events${query}`, {
    accept: 'text/event-stream',
    ...(headers as Record<string, string>),
  });
  expect(answer.status).toBe(status);
});

test('the ids of pipelines that a token may not see lead nowhere', async () => {
  const theirs = await t.as({ scopes: ['read'], workspaces: ['team-a'] });
  const path = `/v1/events?pipeline_id=${pipelineId('live')}`;
  expect((await theirs.get(path, { accept: 'text/event-stream' })).status).toBe(404);
});
