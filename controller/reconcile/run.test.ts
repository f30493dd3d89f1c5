import { afterEach, beforeEach, expect, test } from 'vitest';
import { rfc3339 } from '../../foundation/time.ts';
import { API_VERSION, type RunResourceStatus, type RunSpec } from '../../crds/index.ts';
import type { RunOutcome } from '../../store/ports.ts';
import { openSqlite, type SqliteStore } from '../../store/sqlite/open.ts';
import { temporaryStore, type TemporaryStore } from '../../store/sqlite/temporary.ts';
import type { Origin, Resources } from '../ports.ts';
import { openLocalResources } from '../resources/local.ts';
import { runNextVisit, runStatus, runSteps, type RunContext } from './run.ts';
import { conditionsFor, walk, type Outcome } from './step.ts';

const REF = { kind: 'Run', namespace: 'default', name: 'again' } as const;
const ORIGIN = { repositoryId: null, file: null, line: null };

let temporary: TemporaryStore;
let sqlite: SqliteStore;
let resources: Resources;
beforeEach(async () => {
  temporary = await temporaryStore();
  sqlite = await openSqlite(temporary.path);
  resources = openLocalResources(sqlite.database);
  const resource = {
    apiVersion: API_VERSION,
    kind: 'Run',
    metadata: { name: REF.name, namespace: REF.namespace },
    spec: { pipeline: 'a' },
  } as const;
  await resources.apply([{ action: 'apply', resource, revision: 'r1', origin: ORIGIN }]);
});
afterEach(async () => {
  await sqlite.store.close();
  await temporary.dispose();
});

async function declarePipeline(connector = 'generator'): Promise<void> {
  const resource = {
    apiVersion: API_VERSION,
    kind: 'Pipeline',
    metadata: { name: 'a', namespace: 'default' },
    spec: {
      source: { connector, settings: { rows: 1 }, stream: 'orders' },
      destination: { connector: 'stdout' },
    },
  } as const;
  await resources.apply([{ action: 'apply', resource, revision: 'r1', origin: ORIGIN }]);
}

async function declareRun(spec: RunSpec, origin: Origin = ORIGIN): Promise<void> {
  const metadata = { name: REF.name, namespace: REF.namespace };
  const resource = { apiVersion: API_VERSION, kind: 'Run', metadata, spec } as const;
  await resources.apply([{ action: 'apply', resource, revision: 'r1', origin }]);
}

interface Visit {
  readonly outcome: Outcome;
  readonly next: number | null;
  readonly status: RunResourceStatus;
}

/** What the reconciler does, at `now`. */
async function visit(now = Date.now()): Promise<Visit> {
  const stored = (await resources.get<'Run'>(REF))!;
  const deps = { resources, store: sqlite.store, clock: () => now, dispatch: () => undefined };
  const context: RunContext = { stored, deps };
  const outcome = await walk(runSteps, context);
  const conditions = conditionsFor(outcome, stored.status.conditions ?? [], stored.generation, rfc3339(now));
  const status = { ...runStatus(context), conditions };
  if (context.gone !== true) await resources.updateStatus<'Run'>(REF, status);
  return { outcome, next: runNextVisit(context), status };
}

const types = ({ status }: Visit): string[] => status.conditions!.map(({ type, status: is }) => `${type}=${is}`);

async function finish(runId: string, outcome: Partial<RunOutcome> & Pick<RunOutcome, 'status'>): Promise<number> {
  const { runs } = sqlite.store;
  const now = Date.now();
  const claimed = await runs.claim(runId, { runner: 'x', revision: 'r1', generation: 1, now, leaseUntil: now + 9999 });
  await runs.finish(runId, claimed!.attempt, { finishedAt: now, rowsLoaded: 3, ...outcome });
  return now;
}

test('waits for a pipeline that is not there, then starts one run, however often it is looked at', async () => {
  expect(await visit()).toMatchObject({ outcome: { kind: 'stall', error: { code: 'reference_not_found' } } });
  await declarePipeline();
  const first = await visit();
  expect(first).toMatchObject({
    outcome: { kind: 'wait', reason: 'Pending' },
    next: 60_000,
    status: { phase: 'pending' },
  });
  expect(types(first)).toEqual(['Ready=Unknown', 'Reconciling=True']);
  await visit();
  expect(await sqlite.store.runs.count({})).toBe(1);
});

test('a stream pipeline has no runs, and the resource says so', async () => {
  await declarePipeline('events');
  const { outcome, status } = await visit();
  expect(outcome).toMatchObject({ kind: 'stall', error: { code: 'invalid_resource', at: '/spec/pipeline' } });
  expect(status.runId).toBeUndefined();
  expect(await sqlite.store.runs.count({})).toBe(0);
});

test('one that ended well is ready, and is not reconciling any more', async () => {
  await declarePipeline();
  const { status } = await visit();
  await finish(status.runId!, { status: 'success' });
  const ended = await visit();
  expect(types(ended)).toEqual(['Ready=True']);
  expect(ended.status).toMatchObject({ phase: 'success', rowsLoaded: 3 });
  expect(ended.status.conditions![0]).toMatchObject({ reason: 'Succeeded', message: 'loaded 3 rows' });
});

test('what it could not do beside its work stands in its status', async () => {
  await declarePipeline();
  const { status } = await visit();
  const warning = { code: 'output_not_kept', message: 'the volume is full' } as const;
  await finish(status.runId!, { status: 'success', warning });
  const ended = await visit();
  expect(types(ended)).toEqual(['Ready=True']);
  expect(ended.status).toMatchObject({ phase: 'success', message: 'the volume is full' });
  expect(ended.status.conditions![0]!.message).toBe('loaded 3 rows; the volume is full');
});

test('one that failed is stalled with the reason, also when its record is gone', async () => {
  await declarePipeline();
  const { status } = await visit();
  await finish(status.runId!, { status: 'failed', error: { code: 'source_failed', message: 'no such table' } });
  for (const forget of [false, true]) {
    if (forget) await sqlite.store.runs.prune((await sqlite.store.runs.get(status.runId!))!.pipelineId, 0);
    const ended = await visit();
    expect(types(ended)).toEqual(['Ready=False', 'Stalled=True']);
    expect(ended.status).toMatchObject({ phase: 'failed', message: 'no such table' });
    expect(ended.status.conditions![0]).toMatchObject({ reason: 'SourceFailed', message: 'no such table' });
  }
  expect(await sqlite.store.runs.get(status.runId!)).toBeNull();
});

test('shows an end when the record of its run is gone', async () => {
  await declarePipeline();
  const { status } = await visit();
  const pipelineId = (await sqlite.store.runs.get(status.runId!))!.pipelineId;
  await sqlite.store.runs.deletePipeline(pipelineId);
  const ended = await visit();
  expect(ended).toMatchObject({ next: null, status: { phase: 'cancelled', runId: status.runId } });
  expect(types(ended)).toEqual(['Ready=False', 'Stalled=True']);
});

const DAY = 86_400_000;
const GIT: Origin = { repositoryId: 'rp_x', file: 'run.yaml', line: 1 };

test.each<[string, RunSpec, Origin, number | null]>([
  ['until it is deleted, as a Job does', { pipeline: 'a' }, ORIGIN, null],
  ['as long as its author says', { pipeline: 'a', ttl: '2h' }, ORIGIN, 2 * 3_600_000],
  ['no time at all', { pipeline: 'a', ttl: '0s' }, ORIGIN, 0],
  ['as long as Git declares it', { pipeline: 'a' }, GIT, null],
  ['as long as its author says in Git', { pipeline: 'a', ttl: '1h' }, GIT, 3_600_000],
])('after its end it stays %s', async (_, spec, origin, ttl) => {
  await declarePipeline();
  await declareRun(spec, origin);
  const { status } = await visit();
  const at = await finish(status.runId!, { status: 'success' });
  const { next } = await visit(at);
  expect(next).toBe(ttl === null ? null : Math.min(Math.max(ttl, 100), DAY));
  if (ttl === null) {
    await visit(at + 100 * DAY);
    expect(await resources.get(REF)).toMatchObject({ deletedAt: null });
    return;
  }
  if (ttl > 0) await visit(at + ttl - 1);
  expect(await resources.get(REF)).toMatchObject({ deletedAt: null });
  await visit(at + ttl);
  expect(await resources.get(REF)).toMatchObject({ deletedAt: expect.any(Number) });
  await visit(at + ttl + 1);
  expect(await resources.get(REF)).toBeNull();
  // The run itself stays in the history.
  expect(await sqlite.store.runs.get(status.runId!)).toMatchObject({ status: 'success' });
});

test.each<[string, RunSpec]>([
  ['another pipeline', { pipeline: 'b' }],
  ['a full refresh', { pipeline: 'a', fullRefresh: true }],
  ['a dry run', { pipeline: 'a', dryRun: true }],
  ['other variables', { pipeline: 'a', variables: { REGION: 'eu' } }],
])('a change to %s is stalled, starts nothing, and is mended by going back', async (_, spec) => {
  await declarePipeline();
  const { status } = await visit();
  await declareRun(spec);
  const changed = await visit();
  expect(types(changed)).toEqual(['Ready=False', 'Stalled=True']);
  expect(changed).toMatchObject({
    next: 60_000,
    outcome: { kind: 'stall', error: { code: 'invalid_resource', at: '/spec' } },
    status: { phase: 'pending', runId: status.runId },
  });
  expect(await sqlite.store.runs.count({})).toBe(1);
  await declareRun({ pipeline: 'a', ttl: '1h', fullRefresh: false, variables: {} });
  expect(await visit()).toMatchObject({ outcome: { kind: 'wait', reason: 'Pending' } });
});

test('a Run goes with its pipeline', async () => {
  await declarePipeline();
  await visit();
  const pipeline = { kind: 'Pipeline', namespace: 'default', name: 'a' } as const;
  await resources.apply([{ action: 'delete', ref: pipeline }]);
  await visit();
  expect(await resources.get(REF)).toMatchObject({ deletedAt: expect.any(Number) });
});
