import { afterEach, beforeEach, expect, test } from 'vitest';
import { Strict } from '../../crds/common.ts';
import { HeadgateError } from '../../foundation/errors.ts';
import type { Connector, FailedRecord, RecordWriter, Row } from '../ports.ts';
import { installation, type Installation } from './testing.ts';

let here: Installation;
beforeEach(async () => {
  here = await installation();
  await here.put('in.csv', 'n\n1\n');
});
afterEach(() => here.close());

type Write = (batch: readonly Row[]) => readonly FailedRecord[];

/** A destination that takes records one batch at a time. */
function writing(write: Write): Connector {
  const writer: RecordWriter = {
    write: async (batch) => Promise.resolve().then(() => write(batch)),
    commit: () => Promise.resolve(),
    abort: () => Promise.resolve(),
  };
  return {
    name: 'taker',
    title: 'Taker',
    summary: 'Takes records.',
    settings: Strict({}),
    examples: [],
    check: () => Promise.resolve({ ok: true, message: 'fine' }),
    destination: () => ({ open: () => Promise.resolve(writer) }),
  };
}

const run = (write: Write, sql = 'select * from input', retry = {}) =>
  here.run(
    {
      sources: [{ connector: 'file', settings: { path: 'in.csv' } }],
      transforms: [{ sql }],
      destinations: [{ connector: 'taker', mode: 'append' }],
      retry: { attempts: 3, initial: 1, max: 1000, jitter: false, ...retry },
    },
    { connectors: [writing(write)] },
  );

test('waits as long as the destination asked when a whole batch failed', async () => {
  const times: number[] = [];
  const outcome = await run(() => {
    times.push(performance.now());
    if (times.length > 1) return [];
    throw new HeadgateError('destination_failed', 'busy', { retryable: true, retryAfter: 0.3 });
  });
  expect(outcome.status).toBe('success');
  expect(times[1]! - times[0]!).toBeGreaterThanOrEqual(290);
});

test('values reach the writer without loss', async () => {
  let seen: Row = {};
  const outcome = await run(
    ([row]) => {
      seen = row!;
      return [];
    },
    `select timestamp '2024-02-29 12:34:56' as second, timestamp '2024-02-29 12:34:56.789' as milli,
       timestamp '2024-02-29 12:34:56.123456' as micro, timestamptz '2024-02-29 12:34:56.123456+02' as zoned,
       timestamp_ns '2024-02-29 12:34:56.123456789' as nano, timestamp 'infinity' as endless,
       timestamp '12024-01-01 00:00:00' as far, null::timestamp as none,
       [9007199254740993] as list, {'x': -9007199254740993, 'y': 1.5} as nested, 'ab'::blob as raw, 9007199254740993 as big`,
  );
  expect(outcome.error).toBeUndefined();
  expect(seen).toEqual({
    second: new Date('2024-02-29T12:34:56Z'),
    milli: new Date('2024-02-29T12:34:56.789Z'),
    micro: '2024-02-29T12:34:56.123456Z',
    zoned: '2024-02-29T10:34:56.123456Z',
    nano: '2024-02-29T12:34:56.123456789Z',
    endless: 'infinity',
    far: '12024-01-01 00:00:00',
    none: null,
    list: [9_007_199_254_740_993n],
    nested: { x: -9_007_199_254_740_993n, y: 1.5 },
    raw: expect.any(Uint8Array) as Uint8Array,
    big: 9_007_199_254_740_993n,
  });
});

test('a dry run shows long integers within lists as text', async () => {
  const outcome = await here.run(
    {
      sources: [{ connector: 'file', settings: { path: 'in.csv' } }],
      transforms: [{ sql: 'select [9007199254740993] as list from input' }],
    },
    { dryRun: true },
  );
  expect(outcome.preview!.rows).toEqual([{ list: ['9007199254740993'] }]);
});
