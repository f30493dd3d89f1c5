import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { silentLogger } from '../../foundation/log.ts';
import { LocalRunners } from './local.ts';
import { runnersSuite } from './suite.ts';

const open = (more: Partial<ConstructorParameters<typeof LocalRunners>[0]> = {}): LocalRunners =>
  new LocalRunners({
    maxRunners: 2,
    warm: 1,
    maxRunsPerProcess: 100,
    idleMs: 50,
    env: process.env,
    log: silentLogger(),
    ...more,
  });

runnersSuite('local processes', async () => ({ runners: open(), maxRunners: 2 }));

/** Process ids of the runners of this process. */
async function processes(): Promise<number[]> {
  const { stdout } = await promisify(execFile)('ps', ['-o', 'pid=,args=', '--ppid', String(process.pid)]);
  return stdout
    .split('\n')
    .filter((line) => line.includes('runner/main'))
    .map((line) => Number.parseInt(line, 10));
}

describe('LocalRunners', () => {
  let runners: LocalRunners | undefined;
  afterEach(() => runners?.close(0));

  it('keeps processes warm, and ends them when it closes', async () => {
    runners = open({ warm: 1 });
    await expect.poll(async () => (await processes()).length).toBe(1);
    await runners.close(10_000);
    expect(await processes()).toEqual([]);
  });

  it('leaves no process behind when it closes at once', async () => {
    runners = open({ warm: 2 });
    await runners.close(0);
    expect(await processes()).toEqual([]);
  });
});
