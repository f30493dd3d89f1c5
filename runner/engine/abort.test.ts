import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Strict } from '../../crds/common.ts';
import { HeadgateError } from '../../foundation/errors.ts';
import { connectors } from '../connectors/index.ts';
import type { Connector, FailedRecord, RecordWriter, Row } from '../ports.ts';
import { executeRun } from './run.ts';
import { installation, type Installation } from './testing.ts';

let here: Installation;
beforeEach(async () => {
  here = await installation();
  await here.put('out.csv', 'old\n');
});
afterEach(() => here.close());

/** Minutes of work for DuckDB, in little memory. */
const ENDLESS = 'select count(*) as n from range(1000000) a, range(1000000) b where hash(a.range, b.range) = 0';
const out = { connector: 'file', settings: { path: 'out.csv' } };
const one = { connector: 'generator', settings: { rows: 1 }, stream: 'orders' };
const endless = { sources: [one], transforms: [{ sql: ENDLESS }], destinations: [out] };

describe('an abort', () => {
  test('by timeout', async () => {
    const outcome = await here.run({ ...endless, timeoutMs: 150 });
    expect(outcome).toMatchObject({ status: 'failed', error: { code: 'run_timeout' } });
    expect(await here.read('out.csv')).toBe('old\n');
  });

  test('by the signal', async () => {
    const abort = new AbortController();
    setTimeout(() => abort.abort(new HeadgateError('run_cancelled', 'the run was cancelled')), 150);
    const outcome = await here.run(endless, { signal: abort.signal });
    expect(outcome).toMatchObject({ status: 'cancelled', error: { code: 'run_cancelled' } });
  });

  test('by a wish in the store', async () => {
    const assignment = await here.claim(endless);
    await here.store.runs.cancel(assignment.runId, 'somebody', Date.now());
    expect(await execute(assignment)).toMatchObject({ status: 'cancelled' });
    expect(await here.read('out.csv')).toBe('old\n');
  });

  test('because the run was given to another runner: nothing is committed or answered', async () => {
    const assignment = await here.claim({ sources: [one], destinations: [out] });
    await here.store.runs.requeue(assignment.runId, assignment.attempt, 0);
    expect(await execute(assignment)).toBeNull();
    expect(await here.read('out.csv')).toBe('old\n');
    expect(existsSync(join(here.dataDir, 'runs', assignment.runId, 'output.parquet'))).toBe(false);
  });

  test('of a source that never waits', async () => {
    const rows = Array.from({ length: 1000 }, (_, id) => ({ id }));
    const batches = async function* () {
      for (;;) yield rows;
    };
    const eager = connectorOf('eager', {
      source: () => ({
        open: () =>
          Promise.resolve({
            form: 'rows',
            columns: [{ name: 'id', type: 'BIGINT' }],
            batches: batches(),
            filtered: true,
          }),
      }),
    });
    const outcome = await here.run({ sources: [{ connector: 'eager' }], timeoutMs: 100 }, { connectors: [eager] });
    expect(outcome.error?.code).toBe('run_timeout');
  });

  test('of a connector that does not listen ends the run all the same', async () => {
    const deaf = connectorOf('deaf', { source: () => ({ open: () => new Promise(() => undefined) }) });
    const outcome = await here.run({ sources: [{ connector: 'deaf' }], timeoutMs: 50 }, { connectors: [deaf] });
    expect(outcome.error?.code).toBe('run_timeout');
  });

  const execute = (assignment: Parameters<typeof executeRun>[0]) =>
    executeRun(assignment, {
      runs: here.store.runs,
      catalogue: { connectors, env: {} },
      now: Date.now,
      signal: new AbortController().signal,
    });
});

function connectorOf(name: string, faces: Partial<Connector>): Connector {
  return {
    name,
    title: name,
    summary: 'Of the test.',
    settings: Strict({}),
    examples: [],
    check: () => Promise.resolve({ ok: true, message: 'fine' }),
    ...faces,
  };
}

describe('a destination that takes records', () => {
  interface Log {
    readonly written: Row[];
    readonly ends: string[];
  }

  /** Writes into `log`; `fail` answers, per call, what is to go wrong. */
  function recorder(log: Log, fail: (call: number, batch: readonly Row[]) => readonly FailedRecord[]): Connector {
    let call = 0;
    const writer: RecordWriter = {
      write: (batch) => {
        call += 1;
        const failed = fail(call, batch);
        const refused = new Set(failed.map(({ index }) => index));
        log.written.push(...batch.filter((_, index) => !refused.has(index)));
        return Promise.resolve(failed);
      },
      commit: () => Promise.resolve(void log.ends.push('commit')),
      abort: () => Promise.resolve(void log.ends.push('abort')),
    };
    return connectorOf('recorder', { destination: () => ({ open: () => Promise.resolve(writer) }) });
  }

  const run = (log: Log, fail: Parameters<typeof recorder>[1], rows = 2500) =>
    here.run(
      { sources: [{ ...one, settings: { rows } }], destinations: [{ connector: 'recorder', mode: 'append' }] },
      { connectors: [recorder(log, fail)] },
    );

  test('gets every record once', async () => {
    const log: Log = { written: [], ends: [] };
    expect(await run(log, () => [])).toMatchObject({ status: 'success', rowsLoaded: 2500 });
    expect(new Set(log.written.map((row) => JSON.stringify(row))).size).toBe(2500);
    expect(log.ends).toEqual(['commit']);
  });

  test('gets refused records and failed batches again', async () => {
    const log: Log = { written: [], ends: [] };
    const outcome = await run(log, (call, batch) => {
      if (call === 1) return [0, 7].map((index) => ({ index, reason: 'busy', retryable: true }));
      if (call === 2) throw new HeadgateError('destination_failed', 'gone', { retryable: true });
      expect(batch.length).toBeGreaterThan(0);
      return [];
    });
    expect(outcome).toMatchObject({ status: 'success', rowsLoaded: 2500 });
    expect(new Set(log.written.map((row) => JSON.stringify(row))).size).toBe(2500);
    expect(log.written).toHaveLength(2500);
  });

  test('that refuses for good fails the run with a count and reasons, and is aborted', async () => {
    const log: Log = { written: [], ends: [] };
    const outcome = await run(log, (_call, batch) =>
      batch.slice(0, 3).map((_, index) => ({ index, reason: `bad ${index}`, retryable: index === 0 })),
    );
    expect(outcome.error).toMatchObject({
      code: 'destination_failed',
      message: expect.stringMatching(/^\d+ records of a batch of 1000 refused: bad 1; bad 2/) as string,
    });
    expect(log.ends).toEqual(['abort']);
  });
});
