import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { HeadgateError } from '../../foundation/errors.ts';
import { Duck } from './duck.ts';
import { duckError } from './duck-errors.ts';

let folder: string;
let duck: Duck;
let abort: AbortController;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'headgate-duck-'));
  for (const name of ['run', 'files', 'other']) {
    await mkdir(join(folder, name));
    await writeFile(join(folder, name, 'a.csv'), 'a\n1\n');
  }
  abort = new AbortController();
  duck = await Duck.open({
    memoryBytes: 64 * 1024 ** 2,
    scratch: join(folder, 'run'),
    folders: [join(folder, 'run'), join(folder, 'files')],
    files: [join(folder, 'other', 'a.csv')],
    signal: abort.signal,
  });
});
afterEach(async () => {
  duck.close();
  await rm(folder, { recursive: true });
});

test('reads and writes its folders, and reads the files it was given', async () => {
  await duck.run(`COPY (SELECT 1 AS x) TO '${join(folder, 'files/out.parquet')}'`);
  expect(await duck.count(`read_parquet('${join(folder, 'files/out.parquet')}')`)).toBe(1);
  expect(await duck.count(`read_csv('${join(folder, 'other/a.csv')}')`)).toBe(1);
  await duck.run(`ATTACH '${join(folder, 'files/x.duckdb')}' AS x; CREATE TABLE x.t AS SELECT 1; DETACH x`);
});

test.each([
  ["SELECT * FROM read_text('/etc/hostname')"],
  ["SELECT * FROM read_csv('/etc/passwd')"],
  ["SELECT * FROM read_text('/proc/self/environ')"],
  ["SELECT * FROM glob('/etc/*')"],
  ["COPY (SELECT 1) TO '/tmp/headgate-must-not-be-there.csv'"],
  ["ATTACH '/tmp/headgate-must-not-be-there.duckdb' AS x"],
  ['INSTALL httpfs'],
  ['LOAD httpfs'],
  ['SET enable_external_access = true'],
])('is shut out: %s', async (sql) => {
  await expect(duck.run(sql)).rejects.toThrow(/Permission Error|disabled|Cannot|not allowed/i);
});

test('a folder whose name only begins like an allowed one is shut', async () => {
  await mkdir(join(folder, 'files-too'));
  await writeFile(join(folder, 'files-too', 'a.csv'), 'a\n1\n');
  await expect(duck.run(`SELECT * FROM read_csv('${join(folder, 'files-too/a.csv')}')`)).rejects.toThrow(/Permission/);
});

test('spills to disk instead of failing', async () => {
  await duck.run('CREATE TABLE big AS SELECT i, repeat(md5(i::VARCHAR), 4) AS text FROM range(1500000) AS r(i)');
  expect(await duck.count('big')).toBe(1_500_000);
});

test('an abort ends a statement, one that begins later too, with its reason', async () => {
  const reason = new HeadgateError('run_cancelled', 'the run was cancelled');
  const endless = 'SELECT count(*) FROM range(1000000) a, range(1000000) b WHERE hash(a.range, b.range) = 0';
  const running = duck.run(endless);
  setTimeout(() => abort.abort(reason), 50);
  await expect(running).rejects.toBe(reason);
  await expect(duck.run('SELECT 1')).rejects.toBe(reason);
  await expect(duck.connection.run(endless)).rejects.toThrow(/INTERRUPT/i);
});

test.each<[string, string, string, RegExp]>([
  [
    'Out of Memory Error: failed to allocate data\n\nPossible solutions:\n* x',
    'out_of_memory',
    'source_failed',
    /^read: Out of Memory/,
  ],
  [
    "Out of Memory Error: failed\nlimit was set by the 'max_temp_directory_size' setting",
    'out_of_memory',
    'source_failed',
    /spilling/,
  ],
  ['IO Error: Could not write: No space left on device', 'store_full', 'source_failed', /the disk is full/],
  [
    'Invalid Input Error: transform[1].cast: column x\nLINE 1',
    'invalid_transform',
    'source_failed',
    /^transform\[1\]\.cast: column x$/,
  ],
  [
    'Conversion Error: CSV Error on Line: 7\nOriginal Line: x\nError when converting\nThis type was auto-detected\nPossible solutions:\n* y\n\n  file = /a/b.csv\n',
    'source_failed',
    'source_failed',
    /^read: Conversion Error: CSV Error on Line: 7; Original Line: x; Error when converting.*\(file \/a\/b\.csv\)$/,
  ],
  [
    'Binder Error: no column\n\nLINE 1: select',
    'invalid_transform',
    'invalid_transform',
    /^read: Binder Error: no column$/,
  ],
])('%j', (message, code, fallback, expected) => {
  const error = duckError(new Error(message), fallback as 'source_failed', 'read');
  expect(error.code).toBe(code);
  expect(error.message).toMatch(expected);
});
