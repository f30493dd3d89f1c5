import { setTimeout as wait } from 'node:timers/promises';
import { expect, test, vi } from 'vitest';
import { openStore } from '../open.ts';
import type { Store } from '../ports.ts';
import { startWorker, type Worker } from '../suites/processes.ts';
import { temporaryStore } from './temporary.ts';

const ROUNDS = 5;
const PIPELINES = ['pl_one', 'pl_two', 'pl_three'];

interface Printed {
  readonly created?: string;
  readonly finished?: string;
  readonly n?: number;
}
const printedBy = (worker: Worker): readonly Printed[] => worker.printed as readonly Printed[];

/** Everything that a killed worker was told is done, is done. */
async function expectAcknowledged({ runs }: Store, worker: Worker, pipelineId: string): Promise<void> {
  for (const { created, finished, n } of printedBy(worker)) {
    const run = await runs.get((created ?? finished)!);
    expect(run).toMatchObject({ pipelineId });
    if (finished === undefined) continue;
    expect(run).toMatchObject({ status: 'success', rowsLoaded: n });
    expect(await runs.logs(finished, 0, 10)).toMatchObject([{ message: `line of ${finished}` }]);
  }
  // The state is that of the last acknowledged run, or of the one after it, whose acknowledgement was cut off.
  const last = printedBy(worker).findLast(({ finished }) => finished !== undefined)!.n!;
  expect([last, last + 1]).toContain(Number((await runs.state(pipelineId))['source']!.value));
}

test('kill -9 of several writers loses nothing that was acknowledged', { timeout: 120_000 }, async () => {
  const temporary = await temporaryStore();
  let created = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const workers = await Promise.all(
      PIPELINES.map((pipelineId) => startWorker('forever', temporary.url, { pipelineId })),
    );
    for (const worker of workers) worker.go();
    for (const worker of workers) {
      await vi.waitFor(() => expect(worker.printed.length).toBeGreaterThan(10), { timeout: 20_000, interval: 2 });
    }
    // Anywhere within a transaction, and at another point every round.
    await wait(round * 1.7);
    for (const worker of workers) worker.kill();
    await Promise.all(workers.map((worker) => worker.ended));

    const store = await openStore(temporary.url);
    for (const [index, worker] of workers.entries()) {
      await expectAcknowledged(store, worker, PIPELINES[index]!);
      created += printedBy(worker).filter((line) => line.created !== undefined).length;
    }
    const total = await store.runs.count({});
    expect(total).toBeGreaterThanOrEqual(created);
    expect(total).toBeLessThanOrEqual(created + (round + 1) * PIPELINES.length);
    expect(await store.runs.list({ limit: total + 1 })).toHaveLength(total);
    await store.close();
  }
  await temporary.dispose();
});
