import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { HeadgateError } from '../../foundation/errors.ts';
import { resourceId } from '../../foundation/ids.ts';
import { silentLogger } from '../../foundation/log.ts';
import { API_VERSION, type PipelineSpec } from '../../crds/index.ts';
import type { Runs } from '../../store/ports.ts';
import { openSqlite, type SqliteStore } from '../../store/sqlite/open.ts';
import { temporaryStore, type TemporaryStore } from '../../store/sqlite/temporary.ts';
import { podSettings } from '../kubernetes/pods/testing/wish.ts';
import { runTemplate } from '../kubernetes/runners/job.ts';
import type { Resources, StreamInfo, WantedStream } from '../ports.ts';
import { openLocalResources } from '../resources/local.ts';
import { LocalStreams } from '../runners/local-streams.ts';
import { EventKeeper } from './event-keeper.ts';
import type { PipelineContext } from './pipeline-context.ts';
import { pipelineSteps } from './pipeline.ts';
import { RunFiles } from './run-files.ts';
import { ScheduleMemory } from './schedule-memory.ts';
import { walk, type Outcome } from './step.ts';

const REF = { kind: 'Pipeline', namespace: 'default', name: 'a' } as const;
const ID = resourceId(REF);
const HOUR = 3_600_000;
const START = Date.UTC(2026, 0, 1);
const NO_RUN = { labels: {}, assignment: '' };

let temporary: TemporaryStore;
let sqlite: SqliteStore;
let resources: Resources;
let runs: Runs;
let now: number;
beforeEach(async () => {
  now = START;
  temporary = await temporaryStore();
  sqlite = await openSqlite(temporary.path);
  resources = openLocalResources(sqlite.database, () => now);
  ({ runs } = sqlite.store);
});
afterEach(async () => {
  await sqlite.store.close();
  await temporary.dispose();
});

async function declare(spec: Partial<PipelineSpec>): Promise<void> {
  const resource = {
    apiVersion: API_VERSION,
    kind: 'Pipeline',
    metadata: { name: REF.name, namespace: REF.namespace },
    spec: {
      source: { connector: 'generator', settings: { rows: 1 }, stream: 'orders' },
      destination: { connector: 'stdout' },
      ...spec,
    },
  } as const;
  const origin = { repositoryId: null, file: null, line: null };
  await resources.apply([{ action: 'apply', resource, revision: 'r1', origin }]);
}

/** One visit of the pipeline by a controller with this memory of schedules. */
async function visit(
  schedules = new ScheduleMemory(runs),
  over: Partial<PipelineContext['deps']> = {},
): Promise<PipelineContext & { readonly outcome: Outcome }> {
  const context: PipelineContext = {
    stored: (await resources.get<'Pipeline'>(REF))!,
    now,
    deps: {
      resources,
      store: sqlite.store,
      runners: { admit: (pipeline, shape) => void runTemplate({ ...NO_RUN, pipeline }, shape, podSettings()) },
      schedules,
      runFiles: new RunFiles(temporary.folder),
      clock: () => now,
      log: silentLogger(),
      drainMs: 30_000,
      flushMs: 30_000,
      streams: new LocalStreams({ hosts: 1, env: {}, log: silentLogger() }),
      events: sqlite.store.events,
      keeper: new EventKeeper({
        events: sqlite.store.events,
        boundsOf: async () => null,
        clock: () => now,
        log: silentLogger(),
      }),
      environment: {
        store: temporary.url,
        dataDir: temporary.folder,
        allowPaths: [],
        allowNetworks: [],
        leaseMs: 10_000,
      },
      dispatch: () => undefined,
      ...over,
    },
  };
  const outcome = await walk(pipelineSteps, context);
  return Object.assign(context, { outcome });
}

const create = (id: string, createdAt: number) =>
  runs.create({
    id,
    workspace: 'default',
    pipeline: 'a',
    pipelineId: ID,
    triggeredBy: 'manual',
    fullRefresh: false,
    dryRun: false,
    variables: {},
    createdAt,
  });

async function claim(id: string): Promise<number> {
  const at = now + 10_000;
  const claimed = await runs.claim(id, { runner: 'r', revision: 'r1', generation: 1, now: at, leaseUntil: at });
  return claimed!.attempt;
}

test('a deleted pipeline waits for a run that goes on, however many newer ones are pending', async () => {
  await declare({});
  await create('running', START);
  await claim('running');
  await Promise.all(Array.from({ length: 1200 }, (_, n) => create(`pending-${n}`, START + 1 + n)));
  await resources.apply([{ action: 'delete', ref: REF }]);
  expect((await visit()).outcome).toMatchObject({ kind: 'wait', reason: 'Draining' });
  expect(await runs.get('running')).toMatchObject({ status: 'running', cancelRequestedAt: null });
  expect(await runs.count({ pipelineId: ID, status: ['pending'] })).toBe(0);

  await runs.finish('running', 1, { status: 'success', finishedAt: now, rowsLoaded: 1 });
  expect(await visit()).toMatchObject({ gone: true });
  expect(await runs.count({ pipelineId: ID })).toBe(0);
});

test('a Pod template that the platform never takes is told before a run begins, and serves no schedule', async () => {
  const host = { spec: { hostNetwork: true } };
  await declare({ schedule: { cron: '0 * * * *' }, runner: { podTemplate: host } });
  const schedules = new ScheduleMemory(runs);
  const error = { code: 'pod_refused', at: '/spec/runner/podTemplate/spec/hostNetwork' };
  expect((await visit(schedules)).outcome).toMatchObject({ kind: 'stall', error });
  now += HOUR;
  expect((await visit(schedules)).outcome).toMatchObject({ kind: 'stall' });
  expect(await runs.count({ pipelineId: ID })).toBe(0);

  await declare({ schedule: { cron: '0 * * * *' }, runner: { podTemplate: { spec: { hostNetwork: false } } } });
  expect((await visit(schedules)).outcome).toMatchObject({ kind: 'go' });
});

test('history is bounded with its files, also while the newest run is never an ended one', async () => {
  await declare({ history: { runs: 2 } });
  for (let n = 0; n < 5; n++) {
    await create(`run-${n}`, START + n);
    await mkdir(join(temporary.folder, 'runs', `run-${n}`), { recursive: true });
    await runs.finish(`run-${n}`, await claim(`run-${n}`), { status: 'success', finishedAt: now, rowsLoaded: 1 });
  }
  await create('newest', START + 10);
  await visit();
  const kept = (await runs.list({ pipelineId: ID, limit: 10 })).map((run) => run.id);
  expect(kept).toEqual(['newest', 'run-4', 'run-3']);
  const folders = ['run-0', 'run-1', 'run-2', 'run-3', 'run-4'].filter((id) =>
    existsSync(join(temporary.folder, 'runs', id)),
  );
  expect(folders).toEqual(['run-3', 'run-4']);
});

test('a stream runs, although outputs of the time when it was no stream cannot be deleted', async () => {
  await declare({ history: { runs: 1 } });
  for (const id of ['run-0', 'run-1'])
    await create(id, START).then(async () =>
      runs.finish(id, await claim(id), { status: 'success', finishedAt: now, rowsLoaded: 1 }),
    );
  await declare({ history: { runs: 1 }, source: { connector: 'events' } });
  const refused = new HeadgateError('storage_refused', 'no right');
  const runFiles = new RunFiles(temporary.folder, { remove: async () => Promise.reject(refused) });
  const ensured: string[] = [];
  const streams = Object.assign(new LocalStreams({ hosts: 1, env: {}, log: silentLogger() }), {
    stop: async () => undefined,
    ensure: async (wanted: WantedStream) => void ensured.push(wanted.assignment.pipeline.id),
    get: () => ({ state: 'running' }) as StreamInfo,
  });
  await expect(visit(undefined, { runFiles, streams })).rejects.toBe(refused);
  expect(ensured).toEqual([ID]);
  expect(await runs.count({ pipelineId: ID })).toBe(2);
});

test('an occurrence that another scheduler has not reached yet is decided at once, not at the next resync', async () => {
  await declare({ schedule: { cron: '0 * * * *', catchUp: 'none' } });
  const ours = new ScheduleMemory(runs);
  await visit(ours);
  // Another scheduler was faster, but with a clock that is a little behind.
  await runs.createScheduled(ID, [], START, START + HOUR - 1000);
  now = START + HOUR + 500;
  const lost = await visit(ours);
  expect(lost.nextRunAt).toBe(now);
  expect(await runs.count({ pipelineId: ID })).toBe(0);
  const next = await visit(ours);
  expect(next.nextRunAt).toBe(START + 2 * HOUR);
  expect(await runs.list({ pipelineId: ID, limit: 10 })).toMatchObject([{ scheduledFor: START + HOUR }]);
});
