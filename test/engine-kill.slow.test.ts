/** A runner that is killed at any moment leaves every destination file complete: the old content, or the new. */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sleep } from '../foundation/time.ts';
import { installation, type Installation, type Pipeline } from '../runner/engine/testing.ts';
import type { ToRunner } from '../runner/protocol.ts';

const MAIN = new URL('../runner/main.ts', import.meta.url).pathname;
const ROUNDS = 12;
const ROWS = 200_000;

let here: Installation;
beforeAll(async () => {
  here = await installation();
  const lines = Array.from({ length: ROWS }, (_, i) => `${i},name of ${i}`);
  await here.put('in.csv', `id,name\n${lines.join('\n')}\n`);
});
afterAll(() => here.close());

const FILES = ['out.csv', 'out.parquet', 'out.ndjson.gz'];

/** Every row carries the version, so that a mixture of two runs would show. */
const pipeline = (version: number): Pipeline => ({
  sources: [{ connector: 'file', settings: { path: 'in.csv' } }],
  transforms: [{ sql: `select *, ${version} as version from input` }],
  destinations: FILES.map((path) => ({ connector: 'file', settings: { path } })),
});

async function startRunner(): Promise<ChildProcess> {
  const child = fork(MAIN, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  await once(child, 'message');
  return child;
}

/** Gives a run to the runner, and answers how long it took; killed after `killAfter` milliseconds, null. */
async function runOnce(child: ChildProcess, version: number, killAfter: number | null): Promise<number | null> {
  const assignment = await here.claim(pipeline(version));
  const started = performance.now();
  const idle = once(child, 'message').then(() => performance.now() - started);
  child.send({ type: 'run', assignment } satisfies ToRunner);
  if (killAfter === null) return idle;
  await sleep(killAfter);
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
  return null;
}

/** The version of a file, all of whose rows must be there and of that one version. */
async function versionOf(file: string): Promise<number> {
  const [found] = await here.query(
    `SELECT count(*)::INTEGER AS rows, count(DISTINCT id)::INTEGER AS ids, min(version)::INTEGER AS lowest,
     max(version)::INTEGER AS highest FROM '${file}'`,
  );
  expect(found, file).toMatchObject({ rows: ROWS, ids: ROWS, lowest: found!['highest'] });
  return Number(found!['lowest']);
}

test(`${ROUNDS} kills at random moments`, { timeout: 120_000 }, async () => {
  let child = await startRunner();
  const duration = (await runOnce(child, 0, null))!;
  const versions = new Map(FILES.map((file) => [file, 0]));
  const seen = new Set<string>();
  for (let round = 1; round <= ROUNDS; round++) {
    // A little longer than a run takes, so that some kills come after its end.
    await runOnce(child, round, Math.random() * duration * 1.2);
    const next = startRunner();
    for (const file of FILES) {
      const version = await versionOf(file);
      expect([versions.get(file), round]).toContain(version);
      seen.add(version === round ? 'new' : 'old');
      versions.set(file, version);
    }
    child = await next;
  }
  expect([...seen].sort()).toEqual(['new', 'old']);
  await runOnce(child, ROUNDS + 1, null);
  for (const file of FILES) expect(await versionOf(file)).toBe(ROUNDS + 1);
  child.kill('SIGKILL');
});
