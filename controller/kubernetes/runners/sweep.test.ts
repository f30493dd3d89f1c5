import { afterEach, beforeEach, expect, it } from 'vitest';
import { silentLogger } from '../../../foundation/log.ts';
import type { Store } from '../../../store/ports.ts';
import { openStore } from '../../../store/open.ts';
import { temporaryStore, type TemporaryStore } from '../../../store/sqlite/temporary.ts';
import type { JobState } from './classify.ts';
import { Sweep } from './sweep.ts';

const HOUR = 3_600_000;
const NOW = 1_800_000_000_000;
const RUNNING: JobState = { kind: 'running', startedAt: NOW - HOUR };
const ended = (clean: boolean, ago: number): JobState => ({ kind: 'ended', clean, endedAt: NOW - ago, reason: '' });

let temporary: TemporaryStore;
let store: Store;
let removed: string[];
let sweep: Sweep;
beforeEach(async () => {
  temporary = await temporaryStore();
  store = await openStore(temporary.url);
  removed = [];
  const remove = async ({ name }: { readonly name: string }): Promise<void> => void removed.push(name);
  sweep = new Sweep({ runs: store.runs, remove, keepFailedMs: HOUR, log: silentLogger() });
});
afterEach(async () => {
  await store.close();
  await temporary.dispose();
});

const job = (runId: string, state: JobState, attempt = 1): Parameters<Sweep['sweep']>[0][number] => ({
  job: {
    namespace: 'shop',
    name: `${runId}-${attempt}`,
    uid: `${runId}-${attempt}`,
    runId,
    attempt,
    createdAt: NOW - HOUR,
    deleting: false,
    end: null,
  },
  state,
});

/** A run whose record says that an attempt of it runs. */
async function running(id: string): Promise<void> {
  const origin = { workspace: 'shop', pipeline: 'p', pipelineId: 'pl_p', triggeredBy: 'manual' } as const;
  await store.runs.create({ id, ...origin, fullRefresh: false, dryRun: false, variables: {}, createdAt: NOW });
  await store.runs.claim(id, { runner: 'x', revision: 'r', generation: 1, now: NOW, leaseUntil: NOW });
}

it('deletes what has ended and is recorded, and keeps for a while what failed', async () => {
  const outcome = { status: 'success', finishedAt: NOW, rowsLoaded: 0 } as const;
  for (const id of ['good', 'bad', 'old']) {
    await running(id);
    await store.runs.finish(id, 1, outcome);
  }
  await sweep.sweep(
    [job('good', ended(true, 0)), job('bad', ended(false, 1000)), job('old', ended(false, HOUR + 1))],
    NOW,
  );
  expect(removed.toSorted()).toEqual(['good-1', 'old-1']);
});

it('leaves what the dispatcher has not taken back yet, and what runs', async () => {
  await running('lost');
  await running('busy');
  await sweep.sweep([job('lost', ended(true, 0)), job('busy', RUNNING)], NOW);
  expect(removed).toEqual([]);
});

it('ends what runs without a run, once it had time to see that itself', async () => {
  await running('next');
  await store.runs.requeue('next', 1, NOW);
  await store.runs.claim('next', { runner: 'x', revision: 'r', generation: 1, now: NOW, leaseUntil: NOW });
  const jobs = [job('gone', RUNNING), job('next', RUNNING, 1), job('next', RUNNING, 2)];
  await sweep.sweep(jobs, NOW);
  expect(removed).toEqual([]);
  await sweep.sweep(jobs, NOW + 30_000);
  expect(removed.toSorted()).toEqual(['gone-1', 'next-1']);
});
