/** The dispatcher with a platform that starts runners slowly, as a cluster does. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HeadgateError } from '../../foundation/errors.ts';
import { newId, resourceId } from '../../foundation/ids.ts';
import { silentLogger } from '../../foundation/log.ts';
import { API_VERSION } from '../../crds/index.ts';
import type { RunAssignment } from '../../runner/spec.ts';
import type { RunRecord, Store } from '../../store/ports.ts';
import { openSqlite, type SqliteStore } from '../../store/sqlite/open.ts';
import { temporaryStore, type TemporaryStore } from '../../store/sqlite/temporary.ts';
import type { Resources, RunnerInfo, Runners } from '../ports.ts';
import { openLocalResources } from '../resources/local.ts';
import { RepositoryFiles } from '../sync/files.ts';
import { Dispatcher } from './dispatch.ts';
import { RunFiles } from './run-files.ts';

const REF = { kind: 'Pipeline', namespace: 'default', name: 'p' } as const;
const LEASE_MS = 10_000;

/** Holds what it is given, in the state that a test says. */
class Platform implements Runners {
  readonly runnerId = 'test';
  readonly given: RunAssignment[] = [];
  readonly stopped: string[] = [];
  state: Pick<RunnerInfo, 'state' | 'waiting'> = { state: 'starting' };
  refusal: Error | undefined;
  listed: RunnerInfo[] = [];
  places = 10;

  admit(): void {}

  capacity = (): number => this.places - this.listed.length;
  async start(assignment: RunAssignment): Promise<void> {
    if (this.refusal !== undefined) throw this.refusal;
    const { runId, attempt } = assignment;
    this.given.push(assignment);
    this.listed.push({ runnerId: 'test/1', runId, attempt, startedAt: 0, state: 'starting' });
  }
  list = async (): Promise<readonly RunnerInfo[]> => this.listed.map((info) => ({ ...info, ...this.state }));
  async stop(runId: string, deadlineMs: number): Promise<void> {
    this.stopped.push(`${runId} ${deadlineMs}`);
  }
  onExit = (): (() => void) => () => undefined;
  close = async (): Promise<void> => undefined;
}

let temporary: TemporaryStore;
let sqlite: SqliteStore;
/** A test may replace its ports for a while. */
let store: Store;
let resources: Resources;
let platform: Platform;
let dispatcher: Dispatcher;
let now: number;
let woken: string[];

beforeEach(async () => {
  temporary = await temporaryStore();
  sqlite = await openSqlite(temporary.path);
  store = { ...sqlite.store };
  resources = openLocalResources(sqlite.database);
  const spec = {
    source: { connector: 'generator', settings: { rows: 1 }, stream: 'orders' },
    destination: { connector: 'stdout' },
    schedule: { cron: '0 0 1 1 *', concurrencyPolicy: 'Allow' },
    retry: { attempts: 2, initial: '1s', jitter: false },
  } as const;
  const resource = {
    apiVersion: API_VERSION,
    kind: 'Pipeline',
    metadata: { name: 'p', namespace: 'default' },
    spec,
  } as const;
  const origin = { repositoryId: null, file: null, line: null };
  await resources.apply([{ action: 'apply', resource, revision: 'r1', origin }]);
  platform = new Platform();
  now = 1_000_000;
  woken = [];
  const { folder } = temporary;
  dispatcher = new Dispatcher({
    resources,
    store,
    runners: platform,
    files: new RepositoryFiles({ dir: `${folder}/files`, originOf: async () => null, clock: () => now }),
    runFiles: new RunFiles(folder),
    environment: { store: temporary.url, dataDir: folder, allowPaths: [], allowNetworks: [], leaseMs: LEASE_MS },
    clock: () => now,
    log: silentLogger(),
    wake: (run) => woken.push(run.actor ?? run.pipelineId),
    signal: new AbortController().signal,
  });
});
afterEach(async () => {
  await sqlite.store.close();
  await temporary.dispose();
});

async function ask(actor?: string): Promise<string> {
  const id = newId('run');
  const pipelineId = resourceId(REF);
  const pipeline = { workspace: 'default', pipeline: 'p', pipelineId } as const;
  const origin = { ...pipeline, triggeredBy: 'manual', ...(actor === undefined ? {} : { actor }) } as const;
  await sqlite.store.runs.create({ id, ...origin, fullRefresh: false, dryRun: false, variables: {}, createdAt: now });
  return id;
}
const record = async (id: string): Promise<RunRecord> => (await sqlite.store.runs.get(id))!;
const logs = async (id: string): Promise<string[]> =>
  (await sqlite.store.runs.logs(id, 0, 100)).map(({ message }) => message);

describe('a runner that takes long to start', () => {
  it('keeps its run: the lease is renewed for it, in time and also when it has run out', async () => {
    const id = await ask();
    await dispatcher.dispatch();
    for (let passed = 0; passed < 60_000;) {
      const again = await dispatcher.dispatch();
      expect(await record(id)).toMatchObject({ status: 'running', attempt: 1 });
      expect((await record(id)).leaseUntil).toBeGreaterThan(now);
      expect(again).toBeLessThanOrEqual(LEASE_MS / 2);
      now += Math.max(again, 1);
      passed += Math.max(again, 1);
    }
    // As after a change of the leader.
    now += 5 * LEASE_MS;
    await dispatcher.dispatch();
    expect(await record(id)).toMatchObject({ status: 'running', attempt: 1, leaseUntil: now + LEASE_MS });
    expect(platform.stopped).toEqual([]);
  });

  it('tells the log why, once', async () => {
    const id = await ask();
    await dispatcher.dispatch();
    platform.state = { state: 'starting', waiting: { code: 'unschedulable', message: '0/3 nodes are available' } };
    for (let look = 0; look < 3; look++) await dispatcher.dispatch();
    expect(await logs(id)).toEqual(['not started yet: 0/3 nodes are available']);
  });

  it('reports by itself once it runs: one that is silent then is ended', async () => {
    const id = await ask();
    await dispatcher.dispatch();
    platform.state = { state: 'running' };
    now += LEASE_MS + 1;
    await dispatcher.dispatch();
    expect(platform.stopped).toEqual([]);
    now += LEASE_MS + 1;
    await dispatcher.dispatch();
    expect(platform.stopped).toEqual([`${id} 0`]);
  });

  it('of an older attempt is not the runner of the next one', async () => {
    const id = await ask();
    await dispatcher.dispatch();
    await sqlite.store.runs.requeue(id, 1, now);
    await sqlite.store.runs.claim(id, { runner: 'x', revision: 'r', generation: 1, now, leaseUntil: now + 1 });
    await sqlite.store.runs.heartbeat(id, 2, now + 1, { stage: 'extract', rowsProcessed: 0 });
    now += 2;
    await dispatcher.dispatch();
    // Nobody has attempt 2, and it was the last one.
    expect(await record(id)).toMatchObject({ status: 'failed', error: { code: 'runner_lost' } });
  });
});

describe('a claim that never came to a runner', () => {
  /** As a controller leaves it that stopped in between. */
  async function claim(id: string): Promise<void> {
    const leaseUntil = now + 1;
    await sqlite.store.runs.claim(id, { runner: 'x', revision: 'r', generation: 1, now, leaseUntil });
    now += 2;
  }

  it('costs no attempt', async () => {
    const id = await ask();
    platform.places = 0;
    for (let lost = 1; lost <= 3; lost++) {
      await claim(id);
      await dispatcher.dispatch();
      expect(await record(id)).toMatchObject({ status: 'pending', attempt: lost, spared: lost, notBefore: now });
    }
    platform.places = 10;
    await dispatcher.dispatch();
    expect(platform.given).toMatchObject([{ runId: id, attempt: 4 }]);
    await dispatcher.released({ runnerId: 'x', runId: id, attempt: 4, startedAt: 0, reason: 'gone' });
    expect(await record(id)).toMatchObject({ status: 'pending', attempt: 4, notBefore: now + 1000 });
    expect((await logs(id)).at(-1)).toBe('gone; attempt 2 of 2 follows');
  });

  it('costs one when it comes to pass again and again', async () => {
    const id = await ask();
    platform.places = 0;
    for (let lost = 0; lost < 5 + 2; lost++) {
      await claim(id);
      await dispatcher.dispatch();
      now += 1000;
    }
    expect(await record(id)).toMatchObject({ status: 'failed', attempt: 7, error: { code: 'runner_lost' } });
  });
});

describe('whose status shows a run', () => {
  it('hears that it began, and that it ended, also at once', async () => {
    const id = await ask('Run/again');
    await dispatcher.dispatch();
    expect(woken).toContain('Run/again');
    woken = [];
    platform.listed = [];
    await sqlite.store.runs.finish(id, 1, { status: 'success', finishedAt: now, rowsLoaded: 3 });
    await expect.poll(() => dispatcher.dispatch().then(() => woken)).toEqual(['Run/again']);
  });

  it('hears that it was let go before it began', async () => {
    platform.places = 0;
    const id = await ask('Run/again');
    await dispatcher.dispatch();
    woken = [];
    await sqlite.store.runs.cancel(id, 'ada', now);
    await expect.poll(() => dispatcher.dispatch().then(() => woken)).toEqual(['Run/again']);
  });
});

describe('what the platform says of an end', () => {
  const exit = (runId: string, attempt: number, more: object): Parameters<Dispatcher['released']>[0] => ({
    runnerId: 'test/1',
    runId,
    attempt,
    startedAt: 0,
    reason: 'gone',
    ...more,
  });
  const evicted = { error: { code: 'evicted', message: 'Pod x was evicted' } } as const;

  it('leads to another attempt, and in the end to its error', async () => {
    const id = await ask();
    await dispatcher.dispatch();
    await dispatcher.released(exit(id, 1, evicted));
    expect(await record(id)).toMatchObject({ status: 'pending', notBefore: now + 1000 });
    expect(await logs(id)).toEqual(['Pod x was evicted; attempt 2 of 2 follows']);
    now += 1000;
    platform.listed = [];
    await dispatcher.dispatch();
    await dispatcher.released(exit(id, 2, evicted));
    expect(await record(id)).toMatchObject({
      status: 'failed',
      error: { code: 'evicted', message: 'Pod x was evicted in attempt 2, the last one' },
    });
  });

  it('ends the run at once when no attempt mends it', async () => {
    const id = await ask();
    await dispatcher.dispatch();
    await dispatcher.released(exit(id, 1, { final: true, error: { code: 'out_of_memory', message: 'too much' } }));
    expect(await record(id)).toMatchObject({
      status: 'failed',
      attempt: 1,
      error: { code: 'out_of_memory', message: 'too much' },
    });
  });

  it('may be the end of the run itself, which waits for a store that is out of reach', async () => {
    const id = await ask();
    await dispatcher.dispatch();
    const outcome = { status: 'success', finishedAt: now, rowsLoaded: 3 } as const;
    const get = (): Promise<never> => Promise.reject(new HeadgateError('unavailable', 'out of reach'));
    Object.assign(store, { runs: { ...sqlite.store.runs, get } });
    await expect(dispatcher.released(exit(id, 1, { outcome }))).rejects.toThrow('out of reach');
    Object.assign(store, sqlite.store);
    platform.listed = [];
    // Nobody has the run, and its lease is over.
    now += 2 * LEASE_MS;
    await dispatcher.dispatch();
    expect(await record(id)).toMatchObject({ status: 'success', attempt: 1, rowsLoaded: 3 });
  });

  it('is what counts, also for who comes first and sees only that there is no runner', async () => {
    const id = await ask();
    await dispatcher.dispatch();
    const get = (): Promise<never> => Promise.reject(new HeadgateError('unavailable', 'out of reach'));
    Object.assign(store, { runs: { ...sqlite.store.runs, get } });
    await expect(dispatcher.released(exit(id, 1, evicted))).rejects.toThrow('out of reach');
    Object.assign(store, sqlite.store);
    platform.listed = [];
    now += 2 * LEASE_MS;
    await dispatcher.dispatch();
    expect(await logs(id)).toEqual(['Pod x was evicted; attempt 2 of 2 follows']);
  });

  it('is said by what is in the workspace of the run alone: ids of scheduled runs can be guessed', async () => {
    const id = await ask();
    await dispatcher.dispatch();
    const { workspace } = await record(id);
    const outcome = { status: 'success', finishedAt: now, rowsLoaded: 3 } as const;
    await dispatcher.released(exit(id, 1, { workspace: 'another', outcome }));
    expect(await record(id)).toMatchObject({ status: 'running' });
    platform.listed = [
      { runnerId: 'another/x', runId: id, attempt: 1, workspace: 'another', startedAt: 0, state: 'starting' },
    ];
    now += 2 * LEASE_MS;
    await dispatcher.dispatch();
    expect(await record(id)).toMatchObject({ status: 'running', attempt: 2 });
    await dispatcher.released(exit(id, 2, { workspace, outcome }));
    expect(await record(id)).toMatchObject({ status: 'success', attempt: 2, rowsLoaded: 3 });
  });

  it('of an older attempt changes nothing', async () => {
    const id = await ask();
    await dispatcher.dispatch();
    await dispatcher.released(exit(id, 0, { final: true }));
    expect(await record(id)).toMatchObject({ status: 'running' });
  });
});

describe('a platform that does not take a run', () => {
  it('for now: the run waits for another attempt', async () => {
    const id = await ask();
    platform.refusal = new HeadgateError('pod_refused', 'the quota is used up', { retryable: true });
    await dispatcher.dispatch();
    expect(await record(id)).toMatchObject({ status: 'pending', attempt: 1, notBefore: now + 1000 });
  });

  it('at all: the run fails with what it said', async () => {
    const id = await ask();
    platform.refusal = new HeadgateError('pod_refused', '/spec/runner/podTemplate/spec/hostNetwork is not allowed');
    await dispatcher.dispatch();
    expect(await record(id)).toMatchObject({ status: 'failed', error: { code: 'pod_refused' } });
  });

  it('is given no more than it has room for', async () => {
    platform.places = 3;
    for (let run = 0; run < 10; run++) await ask();
    await dispatcher.dispatch();
    expect(platform.given).toHaveLength(3);
  });
});
