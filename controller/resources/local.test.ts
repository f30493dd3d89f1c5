import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { SqliteStore } from '../../store/sqlite/open.ts';
import { openSqlite } from '../../store/sqlite/open.ts';
import { temporaryStore, type TemporaryStore } from '../../store/sqlite/temporary.ts';
import { openLocalResources } from './local.ts';
import { applied, pipeline } from './suites/fixture.ts';
import { resourcesSuite } from './suites/index.ts';

resourcesSuite('local', async () => {
  const temporary = await temporaryStore();
  const opened: SqliteStore[] = [];
  return {
    open: async () => {
      const sqlite = await openSqlite(temporary.path);
      opened.push(sqlite);
      return openLocalResources(sqlite.database);
    },
    dispose: async () => {
      for (const { store } of opened) await store.close();
      await temporary.dispose();
    },
  };
});

describe('ten thousand resources', () => {
  let temporary: TemporaryStore;
  let opened: SqliteStore;
  beforeAll(async () => {
    temporary = await temporaryStore();
    opened = await openSqlite(temporary.path);
  });
  afterAll(async () => {
    await opened.store.close();
    await temporary.dispose();
  });

  test('are listed without parsing what nobody reads, and survive reopening', async () => {
    const resources = openLocalResources(opened.database);
    await resources.apply(Array.from({ length: 10_000 }, (_, n) => applied(pipeline(`p${n}`))));
    await resources.updateStatus({ kind: 'Pipeline', namespace: 'default', name: 'p7' }, { phase: 'paused' });
    await opened.store.close();
    opened = await openSqlite(temporary.path);
    // A value that cannot be parsed harms only who reads it.
    opened.database.exec(`UPDATE resources SET spec = '{' WHERE name = 'p1'`);
    const reopened = openLocalResources(opened.database);
    expect(await reopened.pipelineIndex()).toHaveLength(10_000);
    const listed = await reopened.list({ kind: 'Pipeline' });
    const find = (name: string) => listed.find(({ id }) => id === ids.get(name))!;
    const ids = new Map(
      opened.database
        .prepare<{ name: string; id: string }>('SELECT name, id FROM resources')
        .all()
        .map(({ name, id }) => [name, id] as const),
    );
    expect(listed).toHaveLength(10_000);
    expect(find('p7').status).toEqual({ phase: 'paused' });
    expect(find('p7').resource).toBe(find('p7').resource);
    expect(() => find('p1').resource).toThrow(expect.objectContaining({ code: 'store_corrupt' }) as Error);
  });
});
