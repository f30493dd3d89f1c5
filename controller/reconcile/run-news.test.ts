import { afterEach, beforeEach, expect, test } from 'vitest';
import { resourceId } from '../../foundation/ids.ts';
import { API_VERSION, type PipelineStatus } from '../../crds/index.ts';
import { openSqlite, type SqliteStore } from '../../store/sqlite/open.ts';
import { temporaryStore, type TemporaryStore } from '../../store/sqlite/temporary.ts';
import type { StoredResource } from '../ports.ts';
import { RunNews } from './run-news.ts';

const id = resourceId({ kind: 'Pipeline', namespace: 'default', name: 'a' });

let temporary: TemporaryStore;
let sqlite: SqliteStore;
let news: RunNews;
beforeEach(async () => {
  temporary = await temporaryStore();
  sqlite = await openSqlite(temporary.path);
  news = new RunNews(sqlite.store.runs);
});
afterEach(async () => {
  await sqlite.store.close();
  await temporary.dispose();
});

function pipeline(status: PipelineStatus = {}): StoredResource<'Pipeline'> {
  return {
    resource: {
      apiVersion: API_VERSION,
      kind: 'Pipeline',
      metadata: { name: 'a', namespace: 'default' },
      spec: { source: { connection: 'x' }, destination: { connection: 'y' } },
    },
    id,
    generation: 1,
    resourceVersion: '1',
    revision: 'r1',
    origin: { repositoryId: null, file: null, line: null },
    createdAt: 0,
    updatedAt: 0,
    deletedAt: null,
    status,
  };
}

let clock = 1000;
async function wish(runId: string, actor?: string): Promise<void> {
  await sqlite.store.runs.create({
    id: runId,
    workspace: 'default',
    pipeline: 'a',
    pipelineId: id,
    triggeredBy: actor === undefined ? 'schedule' : 'manual',
    ...(actor === undefined ? {} : { actor }),
    fullRefresh: false,
    dryRun: false,
    variables: {},
    createdAt: clock++,
  });
}

async function start(runId: string): Promise<void> {
  const claim = { runner: 'x', revision: 'r1', generation: 1, now: 5000, leaseUntil: 9_999_999_999_999 };
  await sqlite.store.runs.claim(runId, claim);
}

async function end(runId: string, status: 'success' | 'failed'): Promise<void> {
  await sqlite.store.runs.finish(runId, 1, {
    status,
    finishedAt: 7500,
    rowsLoaded: 4,
    ...(status === 'failed' ? { error: { code: 'source_failed', message: 'no such table' } } : {}),
  });
}

async function look(status?: PipelineStatus, by: RunNews = news): Promise<string[]> {
  const newest = (await sqlite.store.runs.latest([id])).get(id);
  return (await by.look(pipeline(status), newest)).map(({ type, reason, message }) => `${type} ${reason}: ${message}`);
}

test('beginning and end of each run are told once', async () => {
  await wish('run_1');
  await wish('run_2', 'Run/again');
  expect(await look()).toEqual([]);
  await start('run_1');
  expect(await look()).toEqual(['Normal RunStarted: run run_1 started (schedule)']);
  expect(await look()).toEqual([]);
  await end('run_1', 'success');
  await start('run_2');
  expect(await look()).toEqual([
    'Normal RunSucceeded: run run_1 loaded 4 rows in 2.5 s',
    'Normal RunStarted: run run_2 started (manual, Run/again)',
  ]);
  await end('run_2', 'failed');
  expect(await look()).toEqual(['Warning RunFailed: run run_2 failed: no such table']);
  await wish('run_3');
  await sqlite.store.runs.cancel('run_3', 'ada', 1);
  expect(await look()).toEqual(['Normal RunCancelled: run run_3 was cancelled by ada']);
  expect(await look()).toEqual([]);
});

test('what a run could not do beside its work is a warning of its own', async () => {
  await wish('run_1');
  await start('run_1');
  await look();
  const warning = { code: 'output_not_kept', message: 'the volume is full' } as const;
  await sqlite.store.runs.finish('run_1', 1, { status: 'success', finishedAt: 7500, rowsLoaded: 4, warning });
  expect(await look()).toEqual([
    'Normal RunSucceeded: run run_1 loaded 4 rows in 2.5 s',
    'Warning OutputNotKept: run run_1: the volume is full',
  ]);
});

test('what happened while nobody looked is told by the next controller, and nothing twice', async () => {
  await wish('run_1');
  await start('run_1');
  await end('run_1', 'success');
  expect(await look({ lastRun: { id: 'run_1', status: 'running' } })).toEqual([
    'Normal RunSucceeded: run run_1 loaded 4 rows in 2.5 s',
  ]);
  expect(await look({ lastRun: { id: 'run_1', status: 'success' } }, new RunNews(sqlite.store.runs))).toEqual([]);
});

test('a run that ends while it is looked at is told of', async () => {
  await wish('run_1');
  await start('run_1');
  const newest = (await sqlite.store.runs.latest([id])).get(id);
  expect(newest?.status).toBe('running');
  await end('run_1', 'failed');
  expect((await news.look(pipeline(), newest)).map(({ reason }) => reason)).toEqual(['RunFailed']);
});

test('a run that a Run resource asked for is about that one too', async () => {
  await wish('run_1', 'Run/again');
  await start('run_1');
  const newest = (await sqlite.store.runs.latest([id])).get(id);
  const [item] = await news.look(pipeline(), newest);
  expect(item?.related).toEqual({ kind: 'Run', namespace: 'default', name: 'again' });
});
