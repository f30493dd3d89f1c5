import { writeFileSync } from 'node:fs';
import { statfs, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { openStore } from '../open.ts';
import type { Store } from '../ports.ts';
import { SUCCESS, newRun, runningRun } from '../suites/samples.ts';
import { openSqlite } from './open.ts';
import { mountSmallDisk } from './small-disk.ts';
import { temporaryStore } from './temporary.ts';

const FULL = { code: 'store_full', message: expect.stringContaining('full') as string, retryable: true };

/** Creates runs until the store refuses one; answers the ids that were acknowledged. */
async function fillUp(store: Store): Promise<string[]> {
  const ids: string[] = [];
  for (;;) {
    const run = newRun({ variables: { FILL: 'x'.repeat(3000) } });
    const error: unknown = await store.runs.create(run).then(
      () => null,
      (reason: unknown) => reason,
    );
    if (error !== null) {
      expect(error).toMatchObject(FULL);
      expect(await store.runs.get(run.id)).toBeNull();
      return ids;
    }
    ids.push(run.id);
  }
}

async function expectAll(store: Store, ids: readonly string[]): Promise<void> {
  for (const id of ids) expect((await store.runs.get(id))?.id).toBe(id);
  expect(await store.runs.count({})).toBe(ids.length);
}

test('a store that reached its size refuses writes, keeps what it has, and goes on when there is room', async () => {
  const temporary = await temporaryStore();
  const { store, database } = await openSqlite(temporary.path);
  database.exec('PRAGMA max_page_count = 200');
  const ids = await fillUp(store);
  expect(ids.length).toBeGreaterThan(20);
  await expectAll(store, ids);
  database.exec('PRAGMA max_page_count = 100000');
  await store.runs.create(newRun({ id: 'run_later' }));
  await expectAll(store, [...ids, 'run_later']);
  await store.close();
  await temporary.dispose();
});

const disk = mountSmallDisk(4);
const reason = typeof disk === 'string' ? ` (skipped: ${disk})` : '';

describe.skipIf(typeof disk === 'string')(`a disk that is full${reason}`, () => {
  const folder = typeof disk === 'string' ? '' : disk.path;
  const ballast = join(folder, 'ballast');
  afterAll(() => {
    if (typeof disk !== 'string') disk.unmount();
  });

  /** Takes all the space that is left. */
  const useUp = async (): Promise<void> => {
    const { bavail, bsize } = await statfs(folder);
    await writeFile(ballast, Buffer.alloc(bavail * bsize));
  };

  test('nothing acknowledged is lost, and the store goes on by itself', { timeout: 60_000 }, async () => {
    const url = `sqlite:${join(folder, 'headgate.db')}`;
    writeFileSync(ballast, Buffer.alloc(64 * 1024));
    const store = await openStore(url);
    const running = await runningRun(store.runs);
    const ids = [running.id, ...(await fillUp(store))];
    expect(ids.length).toBeGreaterThan(20);

    // Nothing works while it is full, and nothing does half its work.
    const state = { source: { origin: 's', cursor: 'id', value: '1', type: 'BIGINT' } };
    await expect(store.runs.appendLogs(running.id, bigLog())).rejects.toMatchObject(FULL);
    expect(await store.runs.logs(running.id, 0, 10)).toEqual([]);
    await expectAll(store, ids);

    await unlink(ballast);
    expect(await store.runs.finish(running.id, running.attempt, { ...SUCCESS, state })).toBe(true);
    await store.check();
    await expectAll(store, ids);
    await store.close();

    const again = await openStore(url);
    await expectAll(again, ids);
    expect(await again.runs.state('pl_orders')).toEqual(state);
    await again.close();
  });

  test('a store cannot be created or opened for want of space: the error says so', async () => {
    await useUp();
    await expect(openStore(`sqlite:${join(folder, 'other.db')}`)).rejects.toMatchObject(FULL);
    await unlink(ballast);
  });
});

const bigLog = () => Array.from({ length: 100 }, () => ({ at: 0, level: 'info' as const, message: 'x'.repeat(5000) }));
