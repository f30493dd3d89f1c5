import { afterEach, beforeEach, expect, test } from 'vitest';
import { HeadgateError } from '../foundation/errors.ts';
import { silentLogger } from '../foundation/log.ts';
import { openStore } from '../store/open.ts';
import type { RunOutcome, Runs, Store } from '../store/ports.ts';
import { connectors } from './connectors/index.ts';
import { installation, type Installation } from './engine/testing.ts';
import { RunnerProcess } from './process.ts';
import type { RunAssignment } from './spec.ts';

let here: Installation;
let assignment: RunAssignment;
let untold: RunOutcome[];
let asked: number;
beforeEach(async () => {
  here = await installation();
  assignment = await here.claim({
    sources: [{ connector: 'generator', settings: { rows: 3 }, stream: 'orders' }],
    destinations: [{ connector: 'stdout', settings: {} }],
  });
  untold = [];
  asked = 0;
});
afterEach(() => here.close());

/** A runner whose store is out of reach when the end of a run is recorded, for as long as `isDown` says. */
function runner(isDown: () => boolean): RunnerProcess {
  const openFailing = async (url: string): Promise<Store> => {
    const store = await openStore(url);
    const finish: Runs['finish'] = async (...args) => {
      asked++;
      if (isDown()) throw new HeadgateError('unavailable', 'the store is out of reach', { retryable: true });
      return store.runs.finish(...args);
    };
    return { ...store, runs: { ...store.runs, finish } };
  };
  return new RunnerProcess({
    catalogue: { connectors, env: {} },
    openStore: openFailing,
    log: silentLogger(),
    send: () => undefined,
    exit: () => undefined,
    onUnrecorded: (outcome) => untold.push(outcome),
  });
}

test('the end of a run is offered until the store is back, and left meanwhile for whoever finds the process ended', async () => {
  const left: number[] = [];
  const process = runner(() => {
    left.push(untold.length);
    return asked < 4;
  });
  expect(await process.run(assignment)).toMatchObject({ status: 'success' });
  expect(await here.store.runs.get(assignment.runId)).toMatchObject({ status: 'success', rowsLoaded: 3 });
  expect({ asked, left }).toEqual({ asked: 4, left: [0, 1, 1, 1] });
  expect(untold).toMatchObject([{ status: 'success', rowsLoaded: 3 }]);
  await process.close();
});

test('one that has to stop before leaves the end to be told by another way', async () => {
  const process = runner(() => {
    if (asked === 2) process.stop();
    return true;
  });
  await expect(process.run(assignment)).rejects.toMatchObject({ code: 'unavailable' });
  expect(untold).toMatchObject([{ status: 'success', rowsLoaded: 3 }]);
  expect(await here.store.runs.get(assignment.runId)).toMatchObject({ status: 'running' });
});
