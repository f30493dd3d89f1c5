import { afterEach, beforeEach, expect, test } from 'vitest';
import { installation, type Installation, type RunOptions } from './testing.ts';

let here: Installation;
beforeEach(async () => {
  here = await installation();
});
afterEach(() => here.close());

const rows = (...ids: readonly number[]): string =>
  `id,at\n${ids.map((id) => `${id},2024-01-01 00:00:${String(id).padStart(2, '0')}`).join('\n')}\n`;

/** Runs `in.csv` → `out.csv` (append) by a cursor, and answers the ids that this run loaded. */
async function load(incremental: object, options: RunOptions = {}, path = 'in.csv'): Promise<readonly number[]> {
  const before = await here.read('out.csv').catch(() => '');
  const outcome = await here.run(
    {
      sources: [{ connector: 'file', settings: { path }, incremental: incremental as { cursor: string } }],
      destinations: [{ connector: 'file', settings: { path: 'out.csv' }, mode: 'append' }],
    },
    options,
  );
  expect(outcome.error).toBeUndefined();
  const lines = (await here.read('out.csv')).slice(before.length).trim().split('\n');
  return lines.filter((line) => /^\d/.test(line)).map((line) => Number(line.split(',')[0]));
}

const state = async () => (await here.store.runs.state('pl_test'))['input'];

test('reads everything first, then only what is new, and never goes back', async () => {
  await here.put('in.csv', rows(1, 2, 3));
  expect(await load({ cursor: 'id' })).toEqual([1, 2, 3]);
  expect(await state()).toEqual({ origin: 'file, in.csv', cursor: 'id', value: '3', type: 'BIGINT' });
  expect(await load({ cursor: 'id' })).toEqual([]);
  expect(await state()).toEqual({ origin: 'file, in.csv', cursor: 'id', value: '3', type: 'BIGINT' });
  await here.put('in.csv', rows(2, 5, 4));
  expect(await load({ cursor: 'id' })).toEqual([5, 4]);
  await here.put('in.csv', rows(1));
  expect(await load({ cursor: 'id' })).toEqual([]);
  expect(await state()).toMatchObject({ value: '5' });
});

test('starts at `initial`, and looks back for late records', async () => {
  await here.put('in.csv', rows(1, 2, 3));
  const incremental = { cursor: 'at', initial: '2024-01-01 00:00:01' };
  expect(await load(incremental)).toEqual([2, 3]);
  expect(await state()).toEqual({
    origin: 'file, in.csv',
    cursor: 'at',
    value: '2024-01-01 00:00:03',
    type: 'TIMESTAMP',
  });
  await here.put('in.csv', rows(1, 2, 3, 4));
  expect(await load({ ...incremental, lookbackMs: 1500 })).toEqual([2, 3, 4]);
});

test('a full refresh forgets the state, and a changed cursor starts anew', async () => {
  await here.put('in.csv', rows(7, 8));
  await load({ cursor: 'id' });
  await here.put('in.csv', rows(1, 2));
  expect(await load({ cursor: 'id' }, { fullRefresh: true })).toEqual([1, 2]);
  expect(await state()).toMatchObject({ value: '2' });
  expect(await load({ cursor: 'at' })).toEqual([1, 2]);
  expect(await state()).toMatchObject({ cursor: 'at' });
});

test('the state of one file says nothing about another', async () => {
  await here.put('in.csv', rows(7, 8));
  await load({ cursor: 'id' });
  await here.put('other.csv', rows(1, 2));
  expect(await load({ cursor: 'id' }, {}, 'other.csv')).toEqual([1, 2]);
  expect(await load({ cursor: 'id' }, {}, 'other.csv')).toEqual([]);
  expect(await state()).toMatchObject({ origin: 'file, other.csv', value: '2' });
});

test('a run that fails, and a dry run, leave the state as it was', async () => {
  await here.put('in.csv', rows(1));
  await load({ cursor: 'id' });
  await here.put('in.csv', rows(1, 2));
  const sources = [{ connector: 'file', settings: { path: 'in.csv' }, incremental: { cursor: 'id' } }];
  const failed = await here.run({
    sources,
    destinations: [
      { connector: 'file', settings: { path: 'out.csv' }, mode: 'append' },
      { connector: 'file', settings: { path: 'x.json' }, mode: 'upsert', key: ['id'] },
    ],
  });
  expect(failed.status).toBe('failed');
  await here.run({ sources, destinations: [] }, { dryRun: true });
  expect(await state()).toMatchObject({ value: '1' });
});

test('a cursor that is no column is an error that lists the columns', async () => {
  await here.put('in.csv', rows(1));
  const outcome = await here.run({
    sources: [{ connector: 'file', settings: { path: 'in.csv' }, incremental: { cursor: 'updated' } }],
  });
  expect(outcome.error).toMatchObject({ code: 'source_failed', hint: 'columns: id, at' });
});

test('a full refresh that finds nothing forgets the state', async () => {
  await here.put('in.csv', rows(7));
  await load({ cursor: 'id' });
  await here.put('in.csv', 'id,at\n');
  expect(await load({ cursor: 'id' })).toEqual([]);
  expect(await state()).toMatchObject({ value: '7' });
  await here.put('in.csv', '');
  expect(await load({ cursor: 'id' }, { fullRefresh: true })).toEqual([]);
  expect(await state()).toBeUndefined();
  await here.put('in.csv', rows(1));
  expect(await load({ cursor: 'id' })).toEqual([1]);
});

test.each([
  ['numbers', 'DOUBLE', ['1.5', 'nan', 'inf'], '2.5', '1.5'],
  ['times', 'TIMESTAMP', ['2024-01-01 00:00:00', 'infinity'], '2024-01-02 00:00:00', '2024-01-01 00:00:00'],
])('endless %s do not become the state', async (_title, type, first, later, stored) => {
  const sources = [
    { connector: 'file', settings: { path: 'c.csv', columns: { c: type } }, incremental: { cursor: 'c' } },
  ];
  await here.put('c.csv', `c\n${first.join('\n')}\n`);
  const before = await here.run({ sources });
  expect(before.state).toEqual({ input: { origin: 'file, c.csv', cursor: 'c', value: stored, type } });
  await here.put('c.csv', `c\n${first.join('\n')}\n${later}\n`);
  expect((await here.run({ sources })).state).toEqual({
    input: { origin: 'file, c.csv', cursor: 'c', value: later, type },
  });
});

test.each([
  ['numbers became texts', 'c\n99\n', 'c\n1000\nx\n', /it was BIGINT and is VARCHAR now/],
  ['times became numbers', 'c\n2024-01-01\n', 'c\n17\n', /it was DATE and is BIGINT now/],
  ['texts became numbers', 'c\nabc\n', 'c\n17\n', /'abc', from where it is to be read, is no BIGINT/],
])('a cursor whose %s is an error that says so', async (_title, first, second, message) => {
  const sources = [{ connector: 'file', settings: { path: 'c.csv' }, incremental: { cursor: 'c' } }];
  await here.put('c.csv', first);
  expect((await here.run({ sources })).status).toBe('success');
  await here.put('c.csv', second);
  expect((await here.run({ sources })).error).toMatchObject({
    code: 'source_failed',
    message: expect.stringMatching(message) as string,
    hint: expect.stringContaining('full refresh') as string,
  });
  expect((await here.run({ sources }, { fullRefresh: true })).status).toBe('success');
});

test('records of JSON that all lack the cursor change nothing', async () => {
  const sources = [{ connector: 'file', settings: { path: 'c.ndjson' }, incremental: { cursor: 'c' } }];
  await here.put('c.ndjson', '{"c":"2024-01-01T00:00:00Z"}\n');
  await here.run({ sources });
  await here.put('c.ndjson', '{"c":null}\n');
  const outcome = await here.run({ sources });
  expect(outcome.error).toBeUndefined();
  expect(await state()).toEqual({
    origin: 'file, c.ndjson',
    cursor: 'c',
    value: '2024-01-01 00:00:00',
    type: 'TIMESTAMP',
  });
});
