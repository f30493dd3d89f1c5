import { afterEach, beforeEach, expect, test } from 'vitest';
import { API_VERSION, type RunResourceStatus } from '../../crds/index.ts';
import { openSqlite, type SqliteStore } from '../../store/sqlite/open.ts';
import { temporaryStore, type TemporaryStore } from '../../store/sqlite/temporary.ts';
import type { Resources } from '../ports.ts';
import { openLocalResources } from '../resources/local.ts';
import { nextVisit, runStatus, runSteps, type RunContext } from './run.ts';
import { walk, type Outcome } from './step.ts';

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

async function declarePipeline(): Promise<void> {
  const resource = {
    apiVersion: API_VERSION,
    kind: 'Pipeline',
    metadata: { name: 'a', namespace: 'default' },
    spec: {
      source: { connector: 'generator', settings: { rows: 1 }, stream: 'orders' },
      destination: { connector: 'stdout' },
    },
  } as const;
  await resources.apply([{ action: 'apply', resource, revision: 'r1', origin: ORIGIN }]);
}

interface Visit {
  readonly outcome: Outcome;
  readonly next: string;
  readonly status: RunResourceStatus;
}

async function visit(): Promise<Visit> {
  const stored = (await resources.get<'Run'>(REF))!;
  const deps = { resources, store: sqlite.store, clock: Date.now, dispatch: () => undefined };
  const context: RunContext = { stored, deps };
  const outcome = await walk(runSteps, context);
  const status = runStatus(context);
  await resources.updateStatus<'Run'>(REF, status);
  return { outcome, next: nextVisit(context), status };
}

test('waits for a pipeline that is not there, then starts one run, however often it is looked at', async () => {
  expect(await visit()).toMatchObject({ outcome: { kind: 'stall' }, next: 'some time' });
  await declarePipeline();
  expect(await visit()).toMatchObject({ outcome: { kind: 'go' }, next: 'soon', status: { phase: 'pending' } });
  await visit();
  expect(await sqlite.store.runs.count({})).toBe(1);
});

test('shows an end when the record of its run is gone', async () => {
  await declarePipeline();
  const { status } = await visit();
  const pipelineId = (await sqlite.store.runs.get(status.runId!))!.pipelineId;
  await sqlite.store.runs.deletePipeline(pipelineId);
  expect(await visit()).toMatchObject({ next: 'never', status: { phase: 'cancelled', runId: status.runId } });
});
