import { execFileSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { silentLogger } from '../../foundation/log.ts';
import { sleep } from '../../foundation/time.ts';
import { openStore } from '../../store/open.ts';
import type { RunOutcome } from '../../store/ports.ts';
import { connectors } from '../connectors/index.ts';
import { installation, type Installation } from '../engine/testing.ts';
import { RunnerProcess, type Outputs } from '../process.ts';
import type { RunAssignment } from '../spec.ts';
import { sharedOutputs } from './outputs.ts';

const LEASE_MS = 400;

let here: Installation;
let assignment: RunAssignment;
beforeEach(async () => {
  here = await installation();
  const claimed = await here.claim({
    sources: [{ connector: 'generator', settings: { rows: 3 }, stream: 'orders' }],
    destinations: [{ connector: 'stdout', settings: {} }],
  });
  assignment = { ...claimed, environment: { ...claimed.environment, leaseMs: LEASE_MS } };
});
afterEach(() => here.close());

async function run(outputs: Outputs): Promise<RunOutcome | null> {
  const log = silentLogger();
  const catalogue = { connectors, env: {} };
  const runner = new RunnerProcess({ catalogue, openStore, log, outputs, send: () => {}, exit: () => {} });
  try {
    return await runner.run(assignment);
  } finally {
    await runner.close();
  }
}

test('an output is brought to the shared folder, under a name below it', async () => {
  const shared = join(here.dataDir, 'shared');
  const outcome = await run(sharedOutputs(shared));
  expect(outcome).toMatchObject({ status: 'success', outputFile: `runs/${assignment.runId}/output.parquet` });
  const [copy, own] = await Promise.all([
    readFile(join(shared, outcome!.outputFile!)),
    readFile(join(here.dataDir, outcome!.outputFile!)),
  ]);
  expect(copy.equals(own)).toBe(true);
});

test('the run stays its own while an output is brought away for longer than a lease', async () => {
  const left: number[] = [];
  const slow: Outputs = {
    keep: async (_assignment, outcome) => {
      for (let n = 0; n < 8; n++) {
        await sleep(LEASE_MS / 2);
        left.push((await here.store.runs.get(assignment.runId))!.leaseUntil! - Date.now());
      }
      return outcome;
    },
  };
  expect(await run(slow)).toMatchObject({ status: 'success' });
  expect(Math.min(...left)).toBeGreaterThan(0);
});

test('one that cannot be kept does not undo the run: its record warns of it, and its log says so', async () => {
  const file = join(here.dataDir, 'no-folder');
  await writeFile(file, '');
  expect(await run(sharedOutputs(file))).toMatchObject({ status: 'success', rowsLoaded: 3 });
  const record = await here.store.runs.get(assignment.runId);
  expect(record).toMatchObject({ status: 'success', outputFile: null, outputFileSize: null, error: null });
  expect(record!.warning).toMatchObject({ code: 'output_not_kept', message: expect.stringContaining('ENOTDIR') });
  expect(await here.logs(assignment.runId)).toMatch(/the output of the run was not kept: ENOTDIR/);
});

test('a volume that does not answer is given up', async () => {
  const pipe = join(here.dataDir, 'pipe');
  execFileSync('mkfifo', [pipe]);
  const outcome = { status: 'success', finishedAt: 1, rowsLoaded: 3, outputFile: pipe, outputFileSize: 1 } as const;
  const shared = sharedOutputs(join(here.dataDir, 'shared'), 100);
  await expect(shared.keep(assignment, outcome, new AbortController().signal)).rejects.toThrow(
    /took longer than 0.1 s/,
  );
  // Lets go of the thread that waits for it.
  await writeFile(pipe, '');
});
