import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openSqlite } from '../sqlite/open.ts';
import type { Store } from '../ports.ts';
import { deriveKey, formatKeys, newSecretKey, parseKeys } from './key.ts';
import { keyPlace, writeKeyFile } from './key-file.ts';
import { openKeyring } from './keyring.ts';
import { keyIdOf, seal, unseal } from './sealing.ts';
import { SecretStore } from './secret-store.ts';
import { secretSuite } from './suite.ts';

let dataDir: string;
let store: Store;
beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'headgate-secrets-'));
  store = (await openSqlite(join(dataDir, 'headgate.db'))).store;
});
afterEach(async () => {
  await store.close();
  rmSync(dataDir, { recursive: true, force: true });
});

const opened = async (fromEnv?: string): Promise<SecretStore> => {
  const needed = await store.secrets.sealingKey();
  const place = keyPlace({ dataDir, ...(fromEnv === undefined ? {} : { fromEnv }) });
  return new SecretStore(store.secrets, openKeyring(place, needed === null ? [] : [needed]));
};

describe('as every place of secrets', () => {
  secretSuite(async () => ({ secrets: await opened(), workspace: 'default', close: async () => undefined }));
});

describe('sealing', () => {
  const key = deriveKey(newSecretKey(), 'configuration');
  const find = (id: string) => (id === key.id ? key : undefined);

  test.each(['', 'a', 'ünïcode 🔑', 'line\nline', 'x'.repeat(100_000)])('%# opens to what was sealed', (text) => {
    const sealed = seal(key, text, ['secret', 'a', 'b']);
    expect(keyIdOf(sealed)).toBe(key.id);
    expect(unseal(sealed, find, ['secret', 'a', 'b'])).toBe(text);
  });

  test('the same text sealed twice differs', () => {
    expect(seal(key, 'text', ['secret', 'a'])).not.toBe(seal(key, 'text', ['secret', 'a']));
  });

  test.each([
    ['another place', (s: string) => s, ['secret', 'a', 'c']],
    ['names that only join to the same', (s: string) => s, ['secret', 'a/b']],
    [
      'a changed byte',
      (s: string) => s.slice(0, -6) + (s.at(-6) === 'A' ? 'B' : 'A') + s.slice(-5),
      ['secret', 'a', 'b'],
    ],
    ['a cut text', (s: string) => s.slice(0, 40), ['secret', 'a', 'b']],
    ['no sealed text', () => '{}', ['secret', 'a', 'b']],
  ] as const)('%s is refused', (_what, change, context) => {
    const sealed = seal(key, 'some text', ['secret', 'a', 'b']);
    expect(() => unseal(change(sealed), find, [...context] as [string, ...string[]])).toThrow(/was changed, or moved/);
  });

  test('a key that is not there is named', () => {
    const sealed = seal(key, 'some text', ['secret']);
    expect(() => unseal(sealed, () => undefined, ['secret'])).toThrow(key.id);
  });

  test('keys of two purposes differ', () => {
    const master = newSecretKey();
    const bytes = [deriveKey(master, 'configuration'), deriveKey(master, 'secrets/a'), deriveKey(master, 'secrets/b')];
    expect(new Set([...bytes.map(({ key }) => key.export().toString('hex')), master.bytes.toString('hex')]).size).toBe(
      4,
    );
  });
});

describe('keys', () => {
  test('several are read, in base64 and hex, with comments', () => {
    const [a, b] = [newSecretKey(), newSecretKey()];
    const text = `# current\n${a.bytes.toString('base64')}\n${b.bytes.toString('hex')} # old\n`;
    expect(parseKeys(text, 'here').map(({ id }) => id)).toEqual([a.id, b.id]);
    expect(parseKeys(formatKeys([a, b]), 'here').map(({ id }) => id)).toEqual([a.id, b.id]);
    expect(parseKeys(`${a.bytes.toString('base64url')},${a.bytes.toString('hex')}`, 'here')).toHaveLength(1);
  });

  test.each(['', '# nothing', 'short', 'x'.repeat(44), `${'0'.repeat(64)} oops-not-a-key`])(
    '%# is refused, without being shown',
    (text) => {
      const error = (() => {
        try {
          parseKeys(text, 'HEADGATE_SECRET_KEY');
          return null;
        } catch (thrown) {
          return thrown as Error;
        }
      })();
      expect(error).toMatchObject({ code: 'secret_key_invalid' });
      expect(error!.message).toContain('HEADGATE_SECRET_KEY');
      expect(error!.message).not.toMatch(/oops|short|xxxx/);
    },
  );

  test('a key file is made once, for this user only, and closed to others when it was open', async () => {
    const first = await opened();
    const path = join(dataDir, 'secret-key');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect((await opened()).ring.current.id).toBe(first.ring.current.id);
    chmodSync(path, 0o644);
    await opened();
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  test('a shared key file is replaced where its link leads, stays open to whom it was, and leaves no copy', () => {
    const path = join(dataDir, 'shared');
    const link = join(dataDir, 'link');
    const keys = [newSecretKey(), newSecretKey()];
    writeFileSync(path, formatKeys(keys.slice(1)));
    chmodSync(path, 0o640);
    symlinkSync(path, link);
    writeKeyFile(link, keys);
    expect(parseKeys(readFileSync(path, 'utf8'), 'here')).toEqual(keys);
    expect([statSync(path).mode & 0o777, lstatSync(link).isSymbolicLink()]).toEqual([0o640, true]);
    const folder = join(dataDir, 'folder');
    mkdirSync(folder);
    expect(() => writeKeyFile(folder, keys)).toThrow(/cannot be written/);
    expect(readdirSync(dataDir).filter((name) => name.includes('.new_'))).toEqual([]);
  });

  test('a key that is missing is named, and no other is made in its place', async () => {
    const first = await opened();
    await first.set('default', 'billing', { token: 'abc' });
    rmSync(join(dataDir, 'secret-key'));
    const { id } = first.ring.current;
    await expect(opened()).rejects.toMatchObject({ code: 'secret_key_missing', message: expect.stringContaining(id) });
    await expect(opened('0'.repeat(64))).rejects.toMatchObject({ code: 'secret_key_missing' });
    expect(() => statSync(join(dataDir, 'secret-key'))).toThrow('ENOENT');
    const back = await opened(first.ring.current.bytes.toString('base64'));
    expect(await back.read('default', 'billing', 'token')).toBe('abc');
  });
});

describe('the store', () => {
  test('values come back, and stand nowhere in plain text', async () => {
    const secrets = await opened();
    const value = 'the-value-nobody-may-see';
    await secrets.set('default', 'billing', { token: value, other: 'two' });
    expect(await secrets.read('default', 'billing', 'token')).toBe(value);
    expect(await secrets.read('default', 'billing', 'none')).toBeNull();
    expect(await secrets.read('default', 'billing', 'constructor')).toBeNull();
    expect(await secrets.read('prod', 'billing', 'token')).toBeNull();
    expect(JSON.stringify(await secrets.list())).not.toContain(value);
    for (const file of ['headgate.db', 'headgate.db-wal']) {
      expect(readFileSync(join(dataDir, file)).includes(value)).toBe(false);
    }
  });

  test('keys are merged, replaced and removed; only what changed gets a new revision', async () => {
    const secrets = await opened();
    const revisions = async (): Promise<Record<string, string>> =>
      Object.fromEntries((await secrets.get('w', 's'))!.keys.map(({ key, revision }) => [key, revision]));
    await secrets.set('w', 's', { a: '1', b: '2' });
    const first = await revisions();
    await secrets.set('w', 's', { b: '3', a: '1' });
    const second = await revisions();
    expect(second['a']).toBe(first['a']);
    expect(second['b']).not.toBe(first['b']);
    await secrets.set('w', 's', { c: '4' }, { replace: true });
    expect(Object.keys(await revisions())).toEqual(['c']);
    expect(await secrets.remove('w', 's', ['none'])).toBe(false);
    expect(await secrets.remove('w', 's', ['c'])).toBe(true);
    expect(await secrets.get('w', 's')).toBeNull();
    expect(await secrets.remove('w', 's')).toBe(false);
  });

  test('writers at the same time lose nothing', async () => {
    const [one, two] = [await opened(), await opened()];
    const keys = Array.from({ length: 16 }, (_, n) => `k${n}`);
    await Promise.all(keys.map((key, n) => (n % 2 === 0 ? one : two).set('w', 's', { [key]: key })));
    for (const key of keys) expect(await one.read('w', 's', key)).toBe(key);
  });

  test.each([
    ['a name with a slash', 'a/b', { k: 'v' }],
    ['an empty name', '', { k: 'v' }],
    ['a key with a brace', 'a', { 'k}': 'v' }],
    ['a value that is too long', 'a', { k: 'x'.repeat(65_537) }],
    ['too many keys', 'a', Object.fromEntries(Array.from({ length: 101 }, (_, n) => [`k${n}`, 'v']))],
  ])('%s is refused', async (_what, name, values) => {
    await expect((await opened()).set('w', name, values)).rejects.toMatchObject({ code: 'invalid_request' });
  });

  test('a record that was moved to another place does not open', async () => {
    const secrets = await opened();
    await secrets.set('w', 'one', { a: 'value' });
    const record = (await store.secrets.get('w', 'one'))!;
    await store.secrets.put({ ...record, name: 'two', version: 'x' }, null);
    await expect(secrets.read('w', 'two', 'a')).rejects.toMatchObject({ code: 'store_corrupt' });
  });
});
