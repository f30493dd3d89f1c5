import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { silentLogger } from '../../../foundation/log.ts';
import { endMessage, leaveEnd } from '../../../runner/pod/untold-end.ts';
import type { RunOutcome } from '../../../store/ports.ts';
import { toldEnd } from './told-end.ts';

const STATE = { origin: 'table orders', cursor: 'id', value: '7', type: 'BIGINT' };
const OUTCOME: RunOutcome = { status: 'success', finishedAt: 1, rowsLoaded: 3, state: { orders: STATE, items: null } };

test('what a runner leaves is what the controller reads', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'headgate-end-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const path = join(folder, 'termination-log');
  const failed: RunOutcome = {
    ...OUTCOME,
    status: 'failed',
    error: { code: 'source_failed', message: 'no such table', hint: 'create it' },
  };
  for (const outcome of [OUTCOME, failed]) {
    leaveEnd(path, outcome, silentLogger());
    expect(toldEnd(await readFile(path, 'utf8'))).toEqual(outcome);
  }
});

test('a preview goes before the end is too long to be told', () => {
  const preview = { columns: [], rows: [{ text: 'x'.repeat(5000) }] };
  expect(toldEnd(endMessage({ ...OUTCOME, preview })!)).toEqual(OUTCOME);
  const error = { code: 'source_failed', message: 'x'.repeat(5000) } as const;
  expect(endMessage({ ...OUTCOME, error })).toBeNull();
});

test.each([
  '',
  'Error: cannot find module',
  '{"level":"error","msg":"the run failed"}',
  '{"runEnded":{"status":"success","finishedAt":1,"rowsLoaded":3',
  '{"runEnded":{"status":"running","finishedAt":1,"rowsLoaded":3}}',
  '{"runEnded":{"status":"success","finishedAt":1,"rowsLoaded":-3}}',
  '{"runEnded":{"status":"failed","finishedAt":1,"rowsLoaded":0,"error":{"code":"made_up","message":"x"}}}',
  '{"runEnded":{"status":"success","finishedAt":1,"rowsLoaded":3,"state":{"orders":{"value":7}}}}',
])('%j tells of no end', (message) => {
  expect(toldEnd(message)).toBeNull();
});
