import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { eventually } from '../../test/server.ts';
import type { Store } from '../ports.ts';
import { openSqlite } from '../sqlite/open.ts';
import { formatKeys, newSecretKey, parseKeys } from './key.ts';
import { keyPlace, type KeyOptions } from './key-file.ts';
import { openKeyring } from './keyring.ts';
import { rotateKey, type Rotation } from './rotate.ts';
import { SecretStore } from './secret-store.ts';

let dataDir: string;
let store: Store;
beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'headgate-rotate-'));
  store = (await openSqlite(join(dataDir, 'headgate.db'))).store;
});
afterEach(async () => {
  await store.close();
  rmSync(dataDir, { recursive: true, force: true });
});

const open = async (options: Partial<KeyOptions> = {}): Promise<SecretStore> => {
  const sealed = await store.secrets.sealingKey();
  return new SecretStore(
    store.secrets,
    openKeyring(keyPlace({ dataDir, ...options }), sealed === null ? [] : [sealed]),
  );
};
const rotate = (secrets: SecretStore, forgetOld = false): Promise<Rotation> => {
  const place = { what: 'secrets', port: store.secrets, reseal: (signal?: AbortSignal) => secrets.reseal(signal) };
  return rotateKey({ ring: secrets.ring, places: [place], locks: store.locks, forgetOld });
};
const keysIn = (path: string): readonly string[] => parseKeys(readFileSync(path, 'utf8'), path).map(({ id }) => id);

test('everything is sealed with the new key, values and revisions stay, and the old key goes', async () => {
  const secrets = await open();
  for (let n = 0; n < 20; n++) await secrets.set('w', `s${n}`, { a: `a${n}`, b: `b${n}` });
  const before = await secrets.list();
  const old = secrets.ring.current.id;
  const { keyId, resealed, old: left } = await rotate(secrets);
  expect({ resealed, left }).toEqual({ resealed: { secrets: 20 }, left: [] });
  expect(keyId).not.toBe(old);
  expect(keysIn(join(dataDir, 'secret-key'))).toEqual([keyId]);
  expect(statSync(join(dataDir, 'secret-key')).mode & 0o777).toBe(0o600);
  expect(await secrets.list()).toEqual(before);
  expect(JSON.stringify(await store.secrets.list())).not.toContain(old);
  expect(await (await open()).read('w', 's7', 'b')).toBe('b7');
});

test('another process that uses the store goes on: it reads and writes with the new key', async () => {
  const [one, two] = [await open(), await open()];
  await one.set('w', 's', { a: 'a' });
  let told = 0;
  const stop = two.ring.watch(() => void told++);
  const { keyId } = await rotate(one);
  expect(await two.read('w', 's', 'a')).toBe('a');
  await two.set('w', 's', { b: 'b' });
  expect((await store.secrets.get('w', 's'))!.keyId).toBe(keyId);
  expect(await one.read('w', 's', 'b')).toBe('b');
  await eventually('the other one to be told', async () => told > 0, 5000);
  stop();
});

test('writers during rotations lose nothing', async () => {
  const [one, two] = [await open(), await open()];
  const writing = (async () => {
    for (let n = 0; n < 60; n++) await two.set('w', `s${n % 7}`, { [`k${n}`]: `v${n}` });
  })();
  for (let n = 0; n < 4; n++) await rotate(one);
  await writing;
  await rotate(one);
  for (let n = 0; n < 60; n++) expect(await one.read('w', `s${n % 7}`, `k${n}`)).toBe(`v${n}`);
});

test('a shared key file keeps the old keys until they are to be forgotten', async () => {
  const file = join(dataDir, 'shared-key');
  await expect(open({ file })).rejects.toMatchObject({ code: 'secret_key_missing' });
  writeFileSync(file, formatKeys([newSecretKey()]), { mode: 0o600 });
  const secrets = await open({ file });
  await secrets.set('w', 's', { a: 'a' });
  const first = secrets.ring.current.id;
  const { keyId, old } = await rotate(secrets);
  expect(old).toEqual([first]);
  expect(keysIn(file)).toEqual([keyId, first]);
  const behind = await open({ file });
  expect(await rotate(secrets, true)).toEqual({ keyId, resealed: { secrets: 0 }, old: [] });
  expect(keysIn(file)).toEqual([keyId]);
  // Whoever knew the old key opens what is sealed with it as long as it lives.
  behind.ring.refresh();
  expect(behind.ring.keys.map(({ id }) => id)).toEqual([keyId]);
  expect(behind.ring.has(first)).toBe(true);
  expect(await secrets.read('w', 's', 'a')).toBe('a');
});

test('with keys in the environment the first of them is taken', async () => {
  const [old, next] = [newSecretKey(), newSecretKey()];
  const text = (...keys: readonly (typeof old)[]): string =>
    keys.map(({ bytes }) => bytes.toString('base64')).join(' ');
  const before = await open({ fromEnv: text(old) });
  await before.set('w', 's', { a: 'a' });
  await expect(rotate(before)).rejects.toMatchObject({ code: 'conflict', hint: expect.stringContaining('in front') });
  const secrets = await open({ fromEnv: text(next, old) });
  expect(await rotate(secrets)).toMatchObject({ keyId: next.id, resealed: { secrets: 1 }, old: [old.id] });
  expect(await (await open({ fromEnv: text(next) })).read('w', 's', 'a')).toBe('a');
  await expect(open({ fromEnv: text(old) })).rejects.toThrow(next.id);
});

test('two at the same time: one is told to wait', async () => {
  const secrets = await open();
  await secrets.set('w', 's', { a: 'a' });
  const results = await Promise.allSettled([rotate(secrets), rotate(await open())]);
  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  expect(results.find(({ status }) => status === 'rejected')).toMatchObject({ reason: { code: 'conflict' } });
});

test('whenever a rotation is killed, every value opens, and the next rotation ends it', async () => {
  const secrets = await open();
  for (let n = 0; n < 40; n++) await secrets.set('w', `s${n}`, { a: `value ${n}` });
  const worker = fileURLToPath(new URL('testing/rotate-worker.ts', import.meta.url));
  for (let round = 0; round < 6; round++) {
    const child = fork(worker, [dataDir], { execArgv: [] });
    await once(child, 'message');
    // A rotation takes some 50 ms: the kills come in the first few, each at another place.
    await new Promise((resolve) => setTimeout(resolve, 20 + round * 31));
    child.kill('SIGKILL');
    await once(child, 'exit');
    const after = await open();
    for (let n = 0; n < 40; n++) expect(await after.read('w', `s${n}`, 'a')).toBe(`value ${n}`);
    await after.set('w', 's0', { [`round${round}`]: 'new' });
  }
  const last = await open();
  const { keyId } = await rotate(last);
  expect(keysIn(join(dataDir, 'secret-key'))).toEqual([keyId]);
  for (let n = 0; n < 40; n++) expect(await last.read('w', `s${n}`, 'a')).toBe(`value ${n}`);
  expect((await store.secrets.list()).every((record) => record.keyId === keyId)).toBe(true);
});
