import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestApi, type TestApi } from '../testing/harness.ts';
import { addRun, finishRun, startRun } from '../testing/runs.ts';
import type { TimelineView } from '../runs/timeline.ts';

let t: TestApi;
beforeAll(async () => {
  t = await startTestApi();
});
afterAll(() => t.close());

const HOUR = 3_600_000;
const begin = Date.parse('2026-02-15T00:00:00Z');

async function ran(pipeline: string, from: number, until: number | null): Promise<string> {
  const run = await addRun(t.store, { pipeline, createdAt: from });
  await startRun(t.store, run.id, from);
  if (until !== null) await finishRun(t.store, run.id, { finishedAt: until });
  return run.id;
}

test('every run that overlaps the window is there, by pipeline, oldest first', async () => {
  const before = await ran('user-analytics', begin - 3 * HOUR, begin - 2 * HOUR);
  const into = await ran('user-analytics', begin - HOUR, begin + HOUR);
  const inside = await ran('user-analytics', begin + 6 * HOUR, begin + 7 * HOUR);
  const endless = await ran('order-sync', begin - 72 * HOUR, null);
  const after = await ran('order-sync', begin + 30 * HOUR, begin + 31 * HOUR);
  const view = (
    await t.client.get('/v1/runs/timeline?from=2026-02-15T00:00:00Z&to=2026-02-16T00:00:00Z')
  ).body<TimelineView>();
  expect(view.truncated).toBe(false);
  expect(view.pipelines.map(({ name, runs }) => [name, runs.map((run) => run.id)])).toEqual([
    ['order-sync', [endless]],
    ['user-analytics', [into, inside]],
  ]);
  expect(JSON.stringify(view)).not.toContain(before);
  expect(JSON.stringify(view)).not.toContain(after);
  expect(view.pipelines[1]!.runs[0]).toMatchObject({ status: 'success', duration_ms: 2 * HOUR });
});

test('without a window it is the last 24 hours', async () => {
  t.time.now = begin + 24 * HOUR;
  const view = (await t.client.get('/v1/runs/timeline')).body<TimelineView>();
  expect([view.from, view.to]).toEqual(['2026-02-15T00:00:00.000Z', '2026-02-16T00:00:00.000Z']);
});

test.each([
  'from=2026-02-16T00:00:00Z&to=2026-02-15T00:00:00Z',
  'from=2026-01-01T00:00:00Z&to=2026-02-15T00:00:00Z',
  'from=now',
  'from=2026-02-15T00:00:00%2B02',
])('%s is refused', async (query) => {
  expect((await t.client.get(`/v1/runs/timeline?${query}`)).status).toBe(400);
});
