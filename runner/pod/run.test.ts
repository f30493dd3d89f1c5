import { expect, onTestFinished, test } from 'vitest';
import { installation } from '../engine/testing.ts';
import { giveBack } from './run.ts';

test('what a Pod gives back is its own: not the attempt that another Pod has taken up', async () => {
  const here = await installation();
  onTestFinished(() => here.close());
  const { runs } = here.store;
  const run = await here.claim({ sources: [], destinations: [] });
  const status = async (): Promise<string | undefined> => (await runs.get(run.runId))?.status;
  expect(await runs.takeUp(run.runId, run.attempt, 'pod/one')).toBe(true);

  await giveBack(runs, run, 'pod/two');
  expect(await status()).toBe('running');
  await runs.cancel(run.runId, 'ann', Date.now());
  await giveBack(runs, run, 'pod/two');
  expect(await status()).toBe('running');
  await giveBack(runs, run, 'pod/one');
  expect(await status()).toBe('cancelled');
});

test('a run that no Pod has taken up is given back by the one that is told to end', async () => {
  const here = await installation();
  onTestFinished(() => here.close());
  const run = await here.claim({ sources: [], destinations: [] });
  await giveBack(here.store.runs, run, 'pod/one');
  expect(await here.store.runs.get(run.runId)).toMatchObject({ status: 'pending', attempt: 1 });
});
