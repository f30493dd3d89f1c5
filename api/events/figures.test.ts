import { afterAll, beforeAll, expect, test } from 'vitest';
import { createClient, type ListBody } from '../testing/client.ts';
import { addEvents, deadLetter, settle } from '../testing/events.ts';
import { declare, pipeline, startTestApi, type TestApi } from '../testing/harness.ts';
import { pipelineId, stream } from '../testing/stream.ts';
import type { PipelineView } from '../views/pipeline.ts';
import { createThroughput } from './throughput.ts';

let t: TestApi;
beforeAll(async () => {
  t = await startTestApi();
  await declare(t.resources, stream('busy'), stream('quiet'), pipeline('batch'));
});
afterAll(() => t.close());

const view = async (name: string): Promise<PipelineView> =>
  (await t.client.get(`/v1/pipelines/${name}`)).body<PipelineView>();

test('a stream tells how far it is, in lists too; a batch pipeline has nothing to tell', async () => {
  await addEvents(
    t,
    'busy',
    Array.from({ length: 10 }, () => ({})),
  );
  await settle(t, 'busy', 6, { failed: [deadLetter(2)] });
  t.time.now += 2500;
  expect(await view('busy')).toMatchObject({
    events_last_24h: 10,
    batch_size: 100,
    events: {
      accepted: 10,
      delivered: 6,
      lag: 4,
      lag_seconds: 2.5,
      dead_letters: 1,
      throughput_per_second: null,
      last_received_at: new Date(t.time.now - 2500).toISOString(),
    },
  });
  await settle(t, 'busy', 10);
  t.time.now += 2000;
  const busy = (await view('busy')).events!;
  expect(busy).toMatchObject({ lag: 0, lag_seconds: 0, throughput_per_second: 2, backlog_bytes: 0 });
  expect(busy.bytes).toBeGreaterThan(0);
  const { data } = (await t.client.get('/v1/pipelines')).body<ListBody<PipelineView>>();
  expect(data.map(({ name, events, events_last_24h: day }) => [name, events?.accepted ?? null, day])).toEqual([
    ['batch', null, 0],
    ['busy', 10, 10],
    ['quiet', 0, 0],
  ]);
});

test('the list asks the store once', async () => {
  let asked = 0;
  const original = t.store.events.stats.bind(t.store.events);
  t.store.events.stats = (...args) => {
    asked += 1;
    return original(...args);
  };
  try {
    await t.client.get('/v1/pipelines');
  } finally {
    t.store.events.stats = original;
  }
  expect(asked).toBe(1);
});

test('metrics tell of streams by id, and of all together', async () => {
  t.time.now += 60_000;
  await addEvents(t, 'busy', [{}, {}]);
  t.time.now += 10_000;
  const { text } = await createClient(t.api.url, '').get('/metrics');
  const id = pipelineId('busy');
  expect(text).toContain(`headgate_stream_lag_events{pipeline_id="${id}"} 2\n`);
  expect(text).toContain(`headgate_stream_lag_seconds{pipeline_id="${id}"} 10\n`);
  expect(text).toContain(`headgate_stream_dead_letters{pipeline_id="${id}"} 1\n`);
  expect(text).toContain(`headgate_stream_accepted_total{pipeline_id="${id}"} 12\n`);
  expect(text).toMatch(/^headgate_stream_bytes\{pipeline_id="\w+"\} [1-9]/m);
  expect(text).toMatch(/^headgate_events_accepted_total 12$/m);
  expect(text).toMatch(/^headgate_events_settled_total 10$/m);
  expect(text).toMatch(/^headgate_events_lag 2$/m);
  expect(text).toMatch(/^headgate_events_dead_letters 1$/m);
  expect(text).not.toContain('busy');
});

test('throughput is what was settled since an earlier look', () => {
  const throughput = createThroughput();
  expect(throughput.note('p', 0, 0)).toBeNull();
  expect(throughput.note('p', 50, 500)).toBeNull();
  expect(throughput.note('p', 200, 2000)).toBe(100);
  // Not diluted by what lies long back.
  expect(throughput.note('p', 1200, 3000)).toBe(1000);
  expect(throughput.note('p', 1200, 3010)).not.toBeNull();
  expect(throughput.note('p', 9999, 900_000)).toBeNull();
  // A log that was begun anew.
  expect(throughput.note('p', 5, 905_000)).toBeNull();
});
