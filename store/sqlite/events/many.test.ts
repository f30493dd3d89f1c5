import { expect, test } from 'vitest';
import { openStore } from '../../open.ts';
import { newEvents } from '../../suites/events-samples.ts';
import { temporaryStore } from '../temporary.ts';

const PIPELINES = Array.from({ length: 3000 }, (_, n) => `pl_${n}`);
const ROUNDS = 3;

/** The best of a few, in milliseconds. */
async function fastest(work: () => Promise<unknown>): Promise<number> {
  let best = Infinity;
  for (let round = 0; round < ROUNDS; round++) {
    const start = performance.now();
    await work();
    best = Math.min(best, performance.now() - start);
  }
  return best;
}

test('what is asked of thousands of pipelines at once costs no more than a few look-ups of each', async () => {
  const temporary = await temporaryStore();
  const store = await openStore(temporary.url);
  const { events } = store;
  for (const at of [1000, 2000]) {
    await events.append(
      PIPELINES.flatMap((pipelineId) => newEvents(1, 0, { pipelineId })),
      at,
    );
  }
  const reader = (await events.acquire('pl_7', 'reader', 3000, 60_000))!;
  const failed = [{ offset: 0, attempts: 1, error: { code: 'internal', message: 'no' } }] as const;
  const commit = { pipelineId: 'pl_7', epoch: reader.epoch, offset: 2, at: 3000, revision: 'r', attempts: [] };
  await events.commit({ ...commit, failed, cancelled: [] });

  const all = { pipelineIds: PIPELINES };
  const letters = await events.list({ ...all, unresolved: true }, 50);
  expect(letters.events.map(({ pipelineId, offset }) => [pipelineId, offset])).toEqual([['pl_7', 0]]);
  expect(await events.pipelines()).toHaveLength(PIPELINES.length);
  const end = (await events.tail(all, 1, null)).next;
  expect(await events.tail(all, 1, end)).toEqual({ events: [], next: end });

  const figures = await fastest(() => events.stats(PIPELINES, 3000));
  for (const work of [
    () => events.list({ ...all, unresolved: true }, 50),
    () => events.list({ ...all, status: 'cancelled' }, 50),
    () => events.list({ ...all, type: 'never.sent' }, 50),
    () => events.tail(all, 50, end),
    () => events.pipelines(),
  ]) {
    expect(await fastest(work)).toBeLessThan(figures);
  }
  await store.close();
  await temporary.dispose();
});
