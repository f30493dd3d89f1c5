import { afterEach, beforeEach, expect, test } from 'vitest';
import { addEvents, deadLetter, settle } from '../../api/testing/events.ts';
import { declare, startTestApi, type TestApi } from '../../api/testing/harness.ts';
import { pipelineId, stream } from '../../api/testing/stream.ts';
import { EventFeed, type StreamLine } from './event-feed.ts';

let t: TestApi;
let now: number;
let feed: EventFeed;
beforeEach(async () => {
  t = await startTestApi();
  await declare(t.resources, stream('orders'));
  now = t.time.now;
  feed = new EventFeed(t.store, t.resources);
});
afterEach(() => t.close());

/** What is told when some time has passed. */
function lines(): Promise<readonly StreamLine[]> {
  now += 60_000;
  return feed.lines(now);
}

test('a line tells what was settled since the last one, and nothing of what was there before', async () => {
  await addEvents(t, 'orders', [{}, {}]);
  await settle(t, 'orders', 2);
  expect(await lines()).toEqual([]);
  await addEvents(t, 'orders', [{}, {}, {}, {}]);
  await settle(t, 'orders', 5, { failed: [deadLetter(3)] });
  expect(await lines()).toEqual([
    { pipeline: 'orders', text: '2 events delivered, 1 waiting, 1 dead letter', bad: true },
  ]);
  expect(await lines()).toEqual([]);
});

test('a pipeline that was deleted and came back begins anew', async () => {
  expect(await lines()).toEqual([]);
  await addEvents(t, 'orders', [{}, {}, {}]);
  await settle(t, 'orders', 3);
  expect(await lines()).toMatchObject([{ text: '3 events delivered' }]);
  await t.store.events.deletePipeline(pipelineId('orders'));
  await addEvents(t, 'orders', [{}]);
  await settle(t, 'orders', 1);
  expect(await lines()).toEqual([]);
  await addEvents(t, 'orders', [{}]);
  await settle(t, 'orders', 2);
  expect(await lines()).toMatchObject([{ text: '1 event delivered' }]);
});
