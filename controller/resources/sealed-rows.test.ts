import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { keyPlace } from '../../store/secrets/key-file.ts';
import { openKeyring, type Keyring } from '../../store/secrets/keyring.ts';
import { rotateKey } from '../../store/secrets/rotate.ts';
import { openSqlite, type SqliteStore } from '../../store/sqlite/open.ts';
import { FileCache } from './file-cache.ts';
import { openLocalResources } from './local.ts';
import { SealedRows } from './sealed-rows.ts';
import { applied, pipeline, SPEC } from './suites/fixture.ts';

let dataDir: string;
let opened: SqliteStore;
let ring: Keyring;
beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'headgate-sealed-'));
  opened = await openSqlite(join(dataDir, 'headgate.db'));
  ring = openKeyring(keyPlace({ dataDir }), []);
});
afterEach(async () => {
  await opened.store.close();
  rmSync(dataDir, { recursive: true, force: true });
});

const MARK = 'a-setting-that-nobody-reads-on-the-disk';
const spec = { ...SPEC, title: 'Orders', source: { connector: 'file', settings: { path: `${MARK}.csv` } } };
const onDisk = (): boolean =>
  ['headgate.db', 'headgate.db-wal'].some((file) => readFileSync(join(dataDir, file)).includes(MARK));
const REF = { kind: 'Pipeline', namespace: 'default', name: 'orders' } as const;

test('specifications and parsed files are sealed on the disk, and come back', async () => {
  const sealed = new SealedRows(opened.database, ring);
  const resources = openLocalResources(opened.database, Date.now, sealed);
  await resources.apply([applied(pipeline('orders', {}, spec))]);
  const cache = new FileCache(opened.database, 'rp_main', sealed);
  await cache.replace(new Map([['a.yaml', { blob: 'b', result: JSON.stringify({ text: MARK }) }]]), []);
  expect(onDisk()).toBe(false);
  expect((await resources.get(REF))!.resource.spec).toEqual(spec);
  expect((await cache.load()).get('a.yaml')!.result).toContain(MARK);
  expect((await resources.pipelineIndex())[0]).toMatchObject({ words: expect.stringContaining('orders') });
  expect(await opened.store.secrets.sealingKey()).toBe(ring.current.id);
});

test('plain rows of before are read, and sealed with nothing of them left', async () => {
  const plain = openLocalResources(opened.database);
  await plain.apply([
    applied(pipeline('orders', {}, spec)),
    ...Array.from({ length: 450 }, (_, n) => applied(pipeline(`p${n}`, {}, spec))),
  ]);
  await new FileCache(opened.database, 'rp_main').replace(
    new Map([['a.yaml', { blob: 'b', result: `"${MARK}"` }]]),
    [],
  );
  expect(onDisk()).toBe(true);
  const sealed = new SealedRows(opened.database, ring);
  const resources = openLocalResources(opened.database, Date.now, sealed);
  const before = (await resources.get(REF))!;
  expect(before.resource.spec).toEqual(spec);
  expect(await sealed.hasPlain()).toBe(true);
  expect(await sealed.reseal()).toBe(452);
  expect(await sealed.hasPlain()).toBe(false);
  expect(await sealed.reseal()).toBe(0);
  sealed.wipe();
  expect(onDisk()).toBe(false);
  const after = (await resources.get(REF))!;
  expect(after.resource.spec).toEqual(spec);
  expect([after.generation, after.resourceVersion]).toEqual([before.generation, before.resourceVersion]);
});

test('a rotation seals them with the new key; without the key they are told to be sealed', async () => {
  const sealed = new SealedRows(opened.database, ring);
  const resources = openLocalResources(opened.database, Date.now, sealed);
  await resources.apply([applied(pipeline('orders', {}, spec))]);
  const { store } = opened;
  const place = { what: 'configuration', port: store.secrets, reseal: () => sealed.reseal() };
  expect(await rotateKey({ ring, places: [place], locks: store.locks })).toMatchObject({
    resealed: { configuration: 1 },
  });
  expect((await resources.get(REF))!.resource.spec).toEqual(spec);
  const other = openKeyring(keyPlace({ dataDir, fromEnv: '1'.repeat(64) }), []);
  const blind = openLocalResources(opened.database, Date.now, new SealedRows(opened.database, other));
  const row = (await blind.get(REF))!;
  expect(() => row.resource).toThrow(ring.current.id);
  await expect(blind.apply([applied(pipeline('other', {}, spec))])).rejects.toMatchObject({
    code: 'secret_key_missing',
  });
});

test('a row that was put in the place of another does not open', async () => {
  const resources = openLocalResources(opened.database, Date.now, new SealedRows(opened.database, ring));
  await resources.apply([applied(pipeline('orders', {}, spec)), applied(pipeline('other'))]);
  opened.database.exec(
    "UPDATE resources SET spec = (SELECT spec FROM resources WHERE name = 'other') WHERE name = 'orders'",
  );
  const row = (await resources.get(REF))!;
  expect(() => row.resource).toThrow(/was changed, or moved/);
});
