import { writeFile } from 'node:fs/promises';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { inspectSqlite } from './inspect.ts';
import { MIGRATIONS } from './migrations/index.ts';
import { openSqlite } from './open.ts';
import { temporaryStore, type TemporaryStore } from './temporary.ts';

let temporary: TemporaryStore;
beforeEach(async () => {
  temporary = await temporaryStore();
});
afterEach(() => temporary.dispose());

function setVersion(version: number): void {
  const connection = new DatabaseSync(temporary.path);
  connection.exec(`PRAGMA user_version = ${version}`);
  connection.close();
}

test('tells size and schema, also while the store is in use', async () => {
  const { store } = await openSqlite(temporary.path);
  expect(inspectSqlite(temporary.path)).toMatchObject({ schema: MIGRATIONS.length, newest: MIGRATIONS.length });
  await store.close();
  expect(inspectSqlite(temporary.path).bytes).toBeGreaterThan(4096);
});

test('an older file stays as old as it is', () => {
  const connection = new DatabaseSync(temporary.path);
  connection.exec(`${MIGRATIONS[0]}; PRAGMA user_version = 1`);
  connection.close();
  expect(inspectSqlite(temporary.path).schema).toBe(1);
  expect(inspectSqlite(temporary.path).schema).toBe(1);
});

test('a newer file, a damaged one and one that is none are errors', async () => {
  setVersion(MIGRATIONS.length + 1);
  expect(() => inspectSqlite(temporary.path)).toThrow(expect.objectContaining({ code: 'store_newer' }) as Error);
  await writeFile(temporary.path, 'x'.repeat(8192));
  expect(() => inspectSqlite(temporary.path)).toThrow(expect.objectContaining({ code: 'store_corrupt' }) as Error);
  await writeFile(temporary.path, 'short');
  expect(() => inspectSqlite(temporary.path)).toThrow(expect.objectContaining({ code: 'store_corrupt' }) as Error);
  expect(() => inspectSqlite(`${temporary.path}-none`)).toThrow(
    expect.objectContaining({ code: 'unavailable' }) as Error,
  );
});
