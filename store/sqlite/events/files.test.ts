import { copyFile, open, readdir, rm, stat, statfs, unlink, writeFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { openStore } from '../../open.ts';
import {
  ALL,
  PIPELINE,
  lease,
  newEvent,
  newEvents,
  offsets,
  range,
  readAll,
  settle,
  stored,
} from '../../suites/events-samples.ts';
import { T0, newRun } from '../../suites/samples.ts';
import { openSqlite } from '../open.ts';
import { mountSmallDisk } from '../small-disk.ts';
import { temporaryStore, type TemporaryStore } from '../temporary.ts';

let temporary: TemporaryStore;
let logFile: string;
let deliveryFile: string;
beforeEach(async () => {
  temporary = await temporaryStore();
  logFile = join(temporary.folder, 'headgate-events.db');
  deliveryFile = join(temporary.folder, 'headgate-delivery.db');
});
afterEach(() => temporary.dispose());

describe('the files of the event log', () => {
  test('appear with the first event, for their owner only', async () => {
    const store = await openStore(temporary.url);
    await store.check();
    expect(await readdir(temporary.folder)).toHaveLength(3);
    await stored(store.events, newEvents(1));
    await store.check();
    const names = await readdir(temporary.folder);
    expect(names).toHaveLength(9);
    for (const name of names) expect((await stat(join(temporary.folder, name))).mode & 0o777).toBe(0o600);
    await store.close();
    await store.close();
    expect((await readdir(temporary.folder)).toSorted()).toEqual([
      'headgate-delivery.db',
      'headgate-events.db',
      'headgate.db',
    ]);
    await expect(store.events.get('ev_1')).rejects.toMatchObject({ code: 'unavailable' });
  });

  test('are no store, and a store is no event log', async () => {
    const store = await openStore(temporary.url);
    await stored(store.events, newEvents(1));
    await store.close();
    const wrong = { code: 'invalid_request', message: expect.stringContaining('another program') as string };
    await expect(openStore(`sqlite:${logFile}`)).rejects.toMatchObject(wrong);
    await copyFile(temporary.path, logFile);
    const again = await openStore(temporary.url);
    await expect(again.events.append(newEvents(1), T0)).rejects.toMatchObject({ ...wrong, at: logFile });
    await again.close();
  });

  test('a damaged one is named; what does not need it goes on', async () => {
    await writeFile(logFile, Buffer.alloc(20_000, 'garbage '));
    const store = await openStore(temporary.url);
    const watcher = vi.fn();
    const stop = store.events.watch(watcher);
    for (const call of [store.events.append(newEvents(1), T0), store.events.read(PIPELINE, 0, ALL)]) {
      await expect(call).rejects.toMatchObject({ code: 'store_corrupt', at: logFile });
    }
    await store.runs.create(newRun());
    // As soon as it is replaced all works, without a restart.
    await rm(logFile);
    await stored(store.events, newEvents(1));
    await vi.waitFor(() => stored(store.events, newEvents(1)).then(() => expect(watcher).toHaveBeenCalled()), {
      timeout: 5000,
    });
    stop();
    await store.close();
  });

  test('damage among the events is reported by the read that meets it', async () => {
    const store = await openStore(temporary.url);
    const payload = `{"text":"${'x'.repeat(1000)}"}`;
    for (const n of range(0, 5)) await stored(store.events, newEvents(500, 0, { payload }), T0 + n * 1000);
    await store.close();
    const file = await open(logFile, 'r+');
    const { size } = await file.stat();
    await file.write(Buffer.alloc(size / 2, 0xa5), 0, undefined, Math.floor(size / 4 / 16_384) * 16_384);
    await file.close();
    const again = await openStore(temporary.url);
    await expect(readAll(again.events)).rejects.toMatchObject({ code: 'store_corrupt', at: logFile });
    await again.close();
  });

  test('events after the loss of the log are not taken for delivered', async () => {
    const store = await openStore(temporary.url);
    await stored(store.events, newEvents(5));
    await settle(store.events);
    await store.close();
    await rm(logFile);
    const again = await openStore(temporary.url);
    const answers = await stored(again.events, newEvents(2), T0 + 1000);
    expect(offsets(answers)).toEqual([5, 6]);
    const reader = await lease(again.events);
    expect(offsets(await again.events.read(PIPELINE, reader.offset, ALL))).toEqual([5, 6]);
    await again.close();
  });

  test('an older copy of the log: nothing waits, and what comes then does', async () => {
    const store = await openStore(temporary.url);
    await stored(store.events, newEvents(2));
    await store.close();
    const copy = await readFile(logFile);
    const before = await openStore(temporary.url);
    await stored(before.events, newEvents(3));
    await settle(before.events);
    await before.close();
    await writeFile(logFile, copy);
    const again = await openStore(temporary.url);
    const figures = async (): Promise<unknown> => (await again.events.stats([PIPELINE], T0)).get(PIPELINE);
    expect(await figures()).toMatchObject({ next: 2, committed: 2, waitingSince: null, backlogBytes: 0 });
    expect(offsets(await stored(again.events, newEvents(1), T0 + 1000))).toEqual([5]);
    expect(await figures()).toMatchObject({ next: 6, committed: 5, waitingSince: T0 + 1000 });
    await again.close();
  });

  test('after the loss of what was delivered, all that is kept is delivered again', async () => {
    const store = await openStore(temporary.url);
    await stored(store.events, newEvents(5));
    await settle(store.events);
    await store.close();
    await rm(deliveryFile);
    const again = await openStore(temporary.url);
    const reader = await lease(again.events);
    expect(offsets(await again.events.read(PIPELINE, reader.offset, ALL))).toEqual(range(0, 5));
    await again.close();
  });
});

const disk = mountSmallDisk(48);
const reason = typeof disk === 'string' ? ` (skipped: ${disk})` : '';

describe.skipIf(typeof disk === 'string')(`a disk that fills up${reason}`, () => {
  const folder = typeof disk === 'string' ? '' : disk.path;
  const ballast = join(folder, 'ballast');
  afterAll(() => {
    if (typeof disk !== 'string') disk.unmount();
  });
  const leave = async (bytes: number): Promise<void> => {
    const { bavail, bsize } = await statfs(folder);
    await writeFile(ballast, Buffer.alloc(Math.max(0, bavail * bsize - bytes)));
  };
  const FULL = { code: 'store_full', retryable: true };

  test(
    'events are refused before it is full, so that delivery goes on; and taken again',
    { timeout: 30_000 },
    async () => {
      const { store } = await openSqlite(join(folder, 'one.db'));
      const { events } = store;
      await stored(events, newEvents(10));
      await leave(8 * 1024 * 1024);
      let kept = 10;
      await vi.waitFor(
        async () => {
          const outcome = await events.append(newEvents(1), T0).then(
            () => kept++,
            (error: unknown) => error,
          );
          expect(outcome).toMatchObject(FULL);
        },
        { timeout: 5000 },
      );
      await settle(events, [3]);
      expect(offsets(await readAll(events))).toEqual(range(0, kept));
      await unlink(ballast);
      await stored(events, newEvents(1));
      await store.close();
    },
  );

  test('a disk that is full all of a sudden loses nothing that was acknowledged', { timeout: 30_000 }, async () => {
    const url = `sqlite:${join(folder, 'two.db')}`;
    const store = await openStore(url);
    const { events } = store;
    await stored(events, newEvents(1));
    // Within the second after the last look at the disk.
    await leave(300_000);
    const payload = `{"text":"${'x'.repeat(50_000)}"}`;
    let count = 1;
    for (;;) {
      const call = newEvent({ payload, idempotencyKey: `key-${count}` });
      const outcome = await events.append([call], T0).catch((error: unknown) => error);
      if (!Array.isArray(outcome)) {
        expect(outcome).toMatchObject(FULL);
        break;
      }
      count++;
    }
    expect(count).toBeGreaterThan(1);
    expect(offsets(await readAll(events))).toEqual(range(0, count));
    await unlink(ballast);
    // The key of the event that was refused is free.
    const [late] = await stored(events, [newEvent({ payload, idempotencyKey: `key-${count}` })]);
    expect(late!.offset).toBe(count);
    await store.close();
    const again = await openStore(url);
    expect(offsets(await readAll(again.events))).toEqual(range(0, count + 1));
    await again.close();
  });
});
