import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openSqlite } from '../../store/sqlite/open.ts';
import { cli } from '../testing/cli.ts';

let dataDir: string;
beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'headgate-folder-'));
  await (await openSqlite(join(dataDir, 'headgate.db'))).store.close();
});
afterAll(() => rmSync(dataDir, { recursive: true, force: true }));

test('each change of a data folder is recorded, done or refused, without its values', async () => {
  const secret = (args: readonly string[], input?: string) =>
    cli(['secret', ...args, '--data', dataDir], { cwd: dataDir, ...(input === undefined ? {} : { input }) });
  expect((await secret(['set', 'shop', 'token', '-w', 'ours'], 'the value nobody sees')).code).toBe(0);
  expect((await secret(['rm', 'none'])).code).toBe(4);
  expect((await secret(['rotate'])).code).toBe(0);
  expect((await secret(['list'])).code).toBe(0);
  const { store } = await openSqlite(join(dataDir, 'headgate.db'));
  const records = await store.audit.list({ limit: 10 });
  await store.close();
  expect(records).toEqual([
    expect.objectContaining({ action: 'secret rotate', resource: 'secrets', workspace: null, outcome: 'done' }),
    expect.objectContaining({ action: 'secret rm', resource: 'secrets/none', outcome: 'refused', code: 'not_found' }),
    expect.objectContaining({ action: 'secret set', resource: 'secrets/shop', workspace: 'ours', outcome: 'done' }),
  ]);
  for (const { via, actor, actorId } of records) {
    expect([via, actorId]).toEqual(['cli', null]);
    expect(actor).not.toBe('');
  }
  expect(JSON.stringify(records)).not.toContain('nobody sees');
});
