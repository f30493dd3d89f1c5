import { afterEach, beforeEach, expect, test } from 'vitest';
import { openSqlite, type SqliteStore } from '../../store/sqlite/open.ts';
import { temporaryStore, type TemporaryStore } from '../../store/sqlite/temporary.ts';
import { FileCache } from './file-cache.ts';

let temporary: TemporaryStore;
let opened: SqliteStore;
beforeEach(async () => {
  temporary = await temporaryStore();
  opened = await openSqlite(temporary.path);
});
afterEach(async () => {
  await opened.store.close();
  await temporary.dispose();
});

const file = (blob: string) => ({ blob, result: JSON.stringify({ of: blob }) });

test('keeps files per repository, also after a restart', async () => {
  const cache = new FileCache(opened.database, 'rp_one');
  await cache.replace(
    new Map([
      ['a.yaml', file('1')],
      ['dir/b.yaml', file('2')],
    ]),
    [],
  );
  await new FileCache(opened.database, 'rp_two').replace(new Map([['a.yaml', file('9')]]), []);
  await cache.replace(
    new Map([
      ['a.yaml', file('3')],
      ['c.yaml', file('4')],
    ]),
    ['dir/b.yaml', 'none.yaml'],
  );

  await opened.store.close();
  opened = await openSqlite(temporary.path);
  const again = new FileCache(opened.database, 'rp_one');
  expect(await again.load()).toEqual(
    new Map([
      ['a.yaml', file('3')],
      ['c.yaml', file('4')],
    ]),
  );
  await again.clear();
  expect(await again.load()).toEqual(new Map());
  expect(await new FileCache(opened.database, 'rp_two').load()).toEqual(new Map([['a.yaml', file('9')]]));
});

test('replaces all or nothing', async () => {
  const cache = new FileCache(opened.database, 'rp_one');
  await cache.replace(new Map([['a.yaml', file('1')]]), []);
  opened.database.exec(
    `CREATE TEMP TRIGGER fail BEFORE INSERT ON main.repo_files WHEN new.path = 'b.yaml' BEGIN SELECT raise(ABORT, 'no'); END`,
  );
  const changed = new Map([
    ['a.yaml', file('2')],
    ['b.yaml', file('2')],
  ]);
  await expect(cache.replace(changed, ['a.yaml'])).rejects.toThrow();
  expect(await cache.load()).toEqual(new Map([['a.yaml', file('1')]]));
});
