import { DatabaseSync } from 'node:sqlite';
import { chmod, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openStore } from '../open.ts';
import { startWorker } from '../suites/processes.ts';
import { MIGRATIONS } from './migrations/index.ts';
import { openSqlite } from './open.ts';
import { temporaryStore, type TemporaryStore } from './temporary.ts';

let temporary: TemporaryStore;
beforeEach(async () => {
  temporary = await temporaryStore();
});
afterEach(() => temporary.dispose());

/** Runs SQL on the file beside any store. */
function sql(path: string, text: string): void {
  const connection = new DatabaseSync(path);
  connection.exec(text);
  connection.close();
}

describe('store URLs', () => {
  test.each([
    ['postgres://x', "unknown scheme 'postgres'"],
    ['/tmp/headgate.db', 'no scheme'],
    ['', 'no scheme'],
    ['sqlite:', 'no absolute path'],
    ['sqlite:headgate.db', 'no absolute path'],
    ['sqlite://host/headgate.db', 'no absolute path'],
    ['sqlite::memory:', 'no absolute path'],
  ])('%s is refused: %s', async (url, message) => {
    await expect(openStore(url)).rejects.toMatchObject({
      code: 'invalid_request',
      message: expect.stringContaining(message) as string,
    });
  });

  test.each(['a file.db', '100%41.db', 'ünïcödé?mode=ro#x.db'])('a file may be called %s', async (name) => {
    const store = await openStore(`sqlite:${join(temporary.folder, name)}`);
    await store.check();
    await store.close();
    expect(await readdir(temporary.folder)).toEqual([name]);
  });
});

describe('opening', () => {
  test('creates the file and what stands beside it for its owner only', async () => {
    const store = await openStore(temporary.url);
    await store.check();
    for (const name of await readdir(temporary.folder)) {
      expect((await stat(join(temporary.folder, name))).mode & 0o777).toBe(0o600);
    }
    expect(await readdir(temporary.folder)).toHaveLength(3);
    await store.close();
    expect(await readdir(temporary.folder)).toEqual(['headgate.db']);
  });

  test('a folder that is missing, or a folder in place of the file, is named', async () => {
    for (const path of [join(temporary.folder, 'missing', 'headgate.db'), temporary.folder]) {
      await expect(openStore(`sqlite:${path}`)).rejects.toMatchObject({ code: 'unavailable', at: path });
    }
  });

  test('several processes may create and migrate the same file at once', async () => {
    const workers = await Promise.all([1, 2, 3].map(() => startWorker('create', temporary.url)));
    for (const worker of workers) worker.go();
    await Promise.all(workers.map((worker) => worker.ended));
    const store = await openStore(temporary.url);
    expect(await store.runs.count({})).toBe(3);
    await store.close();
  });

  test('many handles of one process may create the same file at once', async () => {
    const stores = await Promise.all(Array.from({ length: 8 }, () => openStore(temporary.url)));
    await Promise.all(stores.map((store) => store.check()));
    for (const store of stores) await store.close();
  });

  test('the file of a newer version is refused and left as it is', async () => {
    await (await openStore(temporary.url)).close();
    sql(temporary.path, `PRAGMA user_version = ${MIGRATIONS.length + 1}`);
    await expect(openStore(temporary.url)).rejects.toMatchObject({ code: 'store_newer', at: temporary.path });
    sql(temporary.path, `PRAGMA user_version = ${MIGRATIONS.length}`);
    await (await openStore(temporary.url)).close();
  });

  test("another program's SQLite file is refused and left as it is", async () => {
    sql(temporary.path, 'CREATE TABLE theirs (a); INSERT INTO theirs VALUES (1)');
    await expect(openStore(temporary.url)).rejects.toMatchObject({
      code: 'invalid_request',
      message: expect.stringContaining('another program') as string,
    });
    const connection = new DatabaseSync(temporary.path);
    expect(connection.prepare('SELECT name FROM sqlite_schema').all()).toHaveLength(1);
    connection.close();
  });

  test.skipIf(process.getuid?.() === 0)(
    'a file that cannot be written is named (skipped: root may write all)',
    async () => {
      await (await openStore(temporary.url)).close();
      await chmod(temporary.path, 0o400);
      await expect(openStore(temporary.url)).rejects.toMatchObject({ code: 'unavailable' });
    },
  );

  test('after closing, calls fail with a clear error, and closing again is fine', async () => {
    const store = await openStore(temporary.url);
    await store.close();
    await expect(store.runs.get('run_1')).rejects.toMatchObject({ code: 'unavailable' });
    await expect(store.check()).rejects.toMatchObject({ message: expect.stringContaining('closed') as string });
    await store.close();
  });
});

describe('a lock that another process keeps', () => {
  test('fails with `unavailable` in the end, reads go on, and later writes work', async () => {
    const { store } = await openSqlite(temporary.path, { busyLimitMs: 500 });
    const other = new DatabaseSync(temporary.path);
    other.exec('BEGIN IMMEDIATE');
    expect(await store.runs.count({})).toBe(0);
    await expect(store.check()).rejects.toMatchObject({ code: 'unavailable', retryable: true });
    other.exec('ROLLBACK');
    await store.check();
    other.exec('BEGIN IMMEDIATE');
    const waiting = store.check();
    setTimeout(() => other.exec('COMMIT'), 200);
    await waiting;
    other.close();
    await store.close();
  });
});

test('a file that is no database is damaged, whatever its size', async () => {
  for (const size of [1, 50, 100, 5000, 100_000]) {
    const path = join(temporary.folder, `garbage-${size}.db`);
    await writeFile(path, Buffer.alloc(size, 'garbage '));
    await expect(openStore(`sqlite:${path}`)).rejects.toMatchObject({ code: 'store_corrupt', at: path });
  }
});
