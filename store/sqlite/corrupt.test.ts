import { copyFile, open, stat } from 'node:fs/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openStore } from '../open.ts';
import type { Store } from '../ports.ts';
import { T0, newRun } from '../suites/samples.ts';
import { temporaryStore, type TemporaryStore } from './temporary.ts';

const PAGE = 4096;
const RUNS = 3000;

let temporary: TemporaryStore;
beforeEach(async () => {
  temporary = await temporaryStore();
});
afterEach(() => temporary.dispose());

async function fill(store: Store): Promise<void> {
  const runs = Array.from({ length: RUNS }, (_, n) =>
    newRun({ id: `run_${n}`, createdAt: T0 + n, variables: { N: `${n}` } }),
  );
  await store.runs.createScheduled('pl_orders', runs, null, 1);
}

/** Writes rubbish over the middle half of a file, whole pages of it. */
async function spoil(path: string): Promise<void> {
  const pages = Math.floor((await stat(path)).size / PAGE);
  const from = Math.floor(pages / 4);
  const file = await open(path, 'r+');
  await file.write(Buffer.alloc(PAGE * Math.floor(pages / 2), 0xa5), 0, undefined, from * PAGE);
  await file.close();
}

const DAMAGED = { code: 'store_corrupt', message: expect.stringContaining('damaged') as string };

test('damage after a clean end is reported by the first read that meets it', async () => {
  const store = await openStore(temporary.url);
  await fill(store);
  await store.close();
  await spoil(temporary.path);
  const again = await openStore(temporary.url);
  await expect(again.runs.list({ limit: RUNS })).rejects.toMatchObject({ ...DAMAGED, at: temporary.path });
  await again.close();
});

test('damage after a crash is found when the store is opened', async () => {
  const store = await openStore(temporary.url);
  await fill(store);
  await store.close();
  const crashed = await openStore(temporary.url);
  await crashed.check();
  // The files as a crash would leave them: with a write-ahead log that nobody has open.
  const copy = `${temporary.path}-copy`;
  for (const suffix of ['', '-wal']) await copyFile(temporary.path + suffix, copy + suffix);
  await crashed.close();
  await spoil(copy);
  await expect(openStore(`sqlite:${copy}`)).rejects.toMatchObject({ ...DAMAGED, at: copy });
});

test('what a crash leaves undamaged opens, with all that was acknowledged', async () => {
  const store = await openStore(temporary.url);
  await fill(store);
  const copy = `${temporary.path}-copy`;
  for (const suffix of ['', '-wal']) await copyFile(temporary.path + suffix, copy + suffix);
  await store.close();
  const again = await openStore(`sqlite:${copy}`);
  expect(await again.runs.count({})).toBe(RUNS);
  expect(await again.runs.list({ limit: RUNS * 2 })).toHaveLength(RUNS);
  await again.close();
});

test('a file that others have open is not checked again, and opens at once', async () => {
  const first = await openStore(temporary.url);
  await fill(first);
  const second = await openStore(temporary.url);
  expect(await second.runs.count({})).toBe(RUNS);
  await first.check();
  await second.close();
  await first.close();
});

test('a value that is not JSON any more is damage too', async () => {
  const store = await openStore(temporary.url);
  await store.runs.create(newRun({ id: 'run_1', variables: { MARK: 'find-me' } }));
  await store.close();
  const file = await open(temporary.path, 'r+');
  const bytes = await file.readFile();
  await file.write('}', bytes.indexOf('{"MARK"'));
  await file.close();
  const again = await openStore(temporary.url);
  await expect(again.runs.get('run_1')).rejects.toMatchObject(DAMAGED);
  await again.close();
});
