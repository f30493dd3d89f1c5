import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { newId } from '../../foundation/ids.ts';
import { silentLogger } from '../../foundation/log.ts';
import { openSqlite, type SqliteStore } from '../../store/sqlite/open.ts';
import { temporaryStore, type TemporaryStore } from '../../store/sqlite/temporary.ts';
import type { RunAssignment } from '../../runner/spec.ts';
import type { RunnerExit } from '../ports.ts';
import { LocalRunners } from './local.ts';

let temporary: TemporaryStore;
let sqlite: SqliteStore;
let runners: LocalRunners;
let exits: RunnerExit[];
beforeEach(async () => {
  temporary = await temporaryStore();
  sqlite = await openSqlite(temporary.path);
  exits = [];
});
afterEach(async () => {
  await runners.close(5000);
  await sqlite.store.close();
  await temporary.dispose();
});

function start(options: { readonly maxRunsPerProcess: number; readonly idleMs?: number }): void {
  runners = new LocalRunners({
    maxRunners: 2,
    warm: 1,
    idleMs: 60_000,
    env: process.env,
    log: silentLogger(),
    ...options,
  });
}

/** A run that moves `rows` made-up rows, claimed for this runner. */
async function assignment(rows = 3): Promise<RunAssignment> {
  const { runs } = sqlite.store;
  const now = Date.now();
  const run = {
    id: newId('run'),
    workspace: 'default',
    pipeline: 'test',
    pipelineId: 'pl_test',
    triggeredBy: 'manual',
    fullRefresh: false,
    dryRun: false,
    variables: {},
    createdAt: now,
  } as const;
  await runs.create(run);
  const claim = { runner: runners.runnerId, revision: 'r1', generation: 1, now, leaseUntil: now + 30_000 };
  const { attempt } = (await runs.claim(run.id, claim))!;
  return {
    runId: run.id,
    attempt,
    fullRefresh: false,
    dryRun: false,
    environment: {
      store: `sqlite:${temporary.path}`,
      dataDir: temporary.folder,
      allowPaths: [],
      allowNetworks: [],
      leaseMs: 30_000,
    },
    pipeline: {
      id: 'pl_test',
      workspace: 'default',
      name: 'test',
      generation: 1,
      revision: 'r1',
      sources: [
        { name: 'input', connector: 'generator', settings: { rows }, stream: 'orders', pointer: '/spec/source' },
      ],
      transforms: [],
      destinations: [
        {
          name: 'output',
          connector: 'stdout',
          settings: {},
          mode: 'append',
          key: [],
          pointer: '/spec/destination',
        },
      ],
      retry: { attempts: 1, initial: 100, max: 100, jitter: false },
      timeoutMs: 60_000,
      variables: {},
      files: {},
    },
  };
}

/** Starts a run at once when the one before has ended, as the dispatcher does. */
async function inTurn(count: number): Promise<void> {
  const assignments: RunAssignment[] = [];
  for (let i = 0; i < count; i++) assignments.push(await assignment());
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const next = (): void => {
    const following = assignments.shift();
    if (following === undefined) resolve();
    else runners.start(following).catch(reject);
  };
  const off = runners.onExit((exit) => {
    exits.push(exit);
    next();
  });
  next();
  await promise;
  off();
}

describe('local runners', () => {
  it('give no run to a process that was told to end', async () => {
    start({ maxRunsPerProcess: 2 });
    await inTurn(6);
    expect(exits.map((exit) => exit.reason)).toEqual(Array.from({ length: 6 }, () => 'ended its run'));
    expect(await sqlite.store.runs.count({ status: ['success'] })).toBe(6);
    expect(new Set(exits.map((exit) => exit.runnerId)).size).toBe(3);
  });

  it('end a process by force, without cancelling its run, when there is no deadline', async () => {
    start({ maxRunsPerProcess: 10 });
    runners.onExit((exit) => exits.push(exit));
    const endless = await assignment(500_000_000);
    await runners.start(endless);
    await runners.stop(endless.runId, 0);
    expect(exits).toMatchObject([{ runId: endless.runId, attempt: 1, reason: 'the runner was ended by SIGKILL' }]);
    expect(await sqlite.store.runs.get(endless.runId)).toMatchObject({ status: 'running', cancelRequestedAt: null });
  });
});
