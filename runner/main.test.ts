import { fork, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { installation, type Installation, type Pipeline } from './engine/testing.ts';
import type { FromRunner, ToRunner } from './protocol.ts';
import type { RunAssignment } from './spec.ts';

const MAIN = new URL('./main.ts', import.meta.url).pathname;
const ENDLESS = 'select count(*) as n from range(1000000) a, range(1000000) b where hash(a.range, b.range) = 0';

let here: Installation;
let children: ChildProcess[];
beforeEach(async () => {
  here = await installation();
  children = [];
  await here.put('in.csv', 'id\n1\n2\n');
});
afterEach(async () => {
  for (const child of children) child.kill('SIGKILL');
  await here.close();
});

const quick: Pipeline = {
  sources: [{ connector: 'file', settings: { path: 'in.csv' } }],
  destinations: [{ connector: 'file', settings: { path: 'out.csv' } }],
};
const slow: Pipeline = { ...quick, transforms: [{ sql: ENDLESS }] };
/** Long enough to be told something meanwhile, and then over. */
const second: Pipeline = {
  ...quick,
  sources: [{ connector: 'generator', settings: { rows: 60, rowsPerSecond: 60 }, stream: 'orders' }],
};

async function runner(): Promise<ChildProcess> {
  const child = fork(MAIN, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  children.push(child);
  expect(await nextMessage(child)).toEqual({ type: 'ready' });
  return child;
}

const nextMessage = async (child: ChildProcess): Promise<FromRunner> => {
  const [message] = (await once(child, 'message')) as [FromRunner];
  return message;
};
const tell = (child: ChildProcess, message: ToRunner): void => void child.send(message);
const ended = async (child: ChildProcess): Promise<number | null> =>
  child.exitCode ?? ((await once(child, 'exit')) as [number | null])[0];
const statusOf = async ({ runId }: RunAssignment) => (await here.store.runs.get(runId))!.status;

/** Waits until the runner has taken the run: its first log line is there. */
async function begun({ runId }: RunAssignment): Promise<void> {
  await expect.poll(() => here.logs(runId), { timeout: 10_000 }).toContain('attempt 1');
}

describe('a runner process', () => {
  test('takes one run after the other', async () => {
    const child = await runner();
    for (let round = 0; round < 3; round++) {
      const assignment = await here.claim(quick);
      tell(child, { type: 'run', assignment });
      expect(await nextMessage(child)).toEqual({ type: 'idle', runId: assignment.runId });
      expect(await statusOf(assignment)).toBe('success');
    }
    tell(child, { type: 'drain' });
    expect(await ended(child)).toBe(0);
  });

  test('cancels', async () => {
    const child = await runner();
    const assignment = await here.claim(slow);
    tell(child, { type: 'run', assignment });
    await begun(assignment);
    tell(child, { type: 'cancel', runId: 'another' });
    tell(child, { type: 'cancel', runId: assignment.runId });
    expect(await nextMessage(child)).toEqual({ type: 'idle', runId: assignment.runId });
    expect(await statusOf(assignment)).toBe('cancelled');
  });

  test('finishes its run after SIGTERM, and then ends', async () => {
    const child = await runner();
    const assignment = await here.claim(second);
    tell(child, { type: 'run', assignment });
    await begun(assignment);
    child.kill('SIGTERM');
    expect(await ended(child)).toBe(0);
    expect(await statusOf(assignment)).toBe('success');
  });

  test('records nothing after a second SIGTERM: the controller decides', async () => {
    const child = await runner();
    const assignment = await here.claim(slow);
    tell(child, { type: 'run', assignment });
    await begun(assignment);
    child.kill('SIGTERM');
    child.kill('SIGINT');
    expect(await ended(child)).toBe(0);
    expect(await statusOf(assignment)).toBe('running');
  });

  test('ends when the controller is gone: at once when idle, else after its run', async () => {
    const idle = await runner();
    idle.disconnect();
    expect(await ended(idle)).toBe(0);
    const busy = await runner();
    const assignment = await here.claim(second);
    tell(busy, { type: 'run', assignment });
    await begun(assignment);
    busy.disconnect();
    expect(await ended(busy)).toBe(0);
    expect(await statusOf(assignment)).toBe('success');
  });
});

describe('a runner for one assignment', () => {
  const execute = async (assignment: RunAssignment): Promise<number | null> => {
    const path = join(here.dataDir, 'assignment.json');
    writeFileSync(path, JSON.stringify(assignment));
    const child = spawn(process.execPath, [MAIN, '--assignment', path], { stdio: 'inherit' });
    children.push(child);
    return ended(child);
  };

  test.each<[string, Pipeline, number]>([
    ['success', quick, 0],
    ['failed', { ...quick, transforms: [{ drop: ['nope'] }] }, 1],
  ])('%s', async (status, pipeline, code) => {
    const assignment = await here.claim(pipeline);
    expect(await execute(assignment)).toBe(code);
    expect(await statusOf(assignment)).toBe(status);
  });

  test('not its run any more', async () => {
    const assignment = await here.claim(quick);
    await here.store.runs.requeue(assignment.runId, assignment.attempt, 0);
    expect(await execute(assignment)).toBe(75);
  });
});
