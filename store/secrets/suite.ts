/** What every place of secrets does for the API. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { SecretValues } from './secret-store.ts';

export interface SecretFixture {
  readonly secrets: SecretValues;
  readonly workspace: string;
  close(): Promise<void>;
}

export function secretSuite(make: () => Promise<SecretFixture>): void {
  let fixture: SecretFixture;
  let secrets: SecretValues;
  let at: string;
  beforeEach(async () => {
    fixture = await make();
    ({ secrets, workspace: at } = fixture);
  });
  afterEach(() => fixture.close());
  const keysOf = async (name: string): Promise<readonly string[]> =>
    (await secrets.get(at, name))?.keys.map(({ key }) => key) ?? [];

  test('values are set, read, replaced and removed', async () => {
    expect(await secrets.get(at, 'shop')).toBeNull();
    expect(await secrets.read(at, 'shop', 'url')).toBeNull();
    await secrets.set(at, 'shop', { url: 'a', 'headers.X-Key': 'ünïcode 🔑' });
    await secrets.set(at, 'shop', { token: 'c' });
    expect(await keysOf('shop')).toEqual(['headers.X-Key', 'token', 'url']);
    expect(await secrets.read(at, 'shop', 'headers.X-Key')).toBe('ünïcode 🔑');
    expect(await secrets.read(at, 'shop', 'toString')).toBeNull();
    await secrets.set(at, 'shop', { url: 'b' }, { replace: true });
    expect(await keysOf('shop')).toEqual(['url']);
    expect(await secrets.read(at, 'shop', 'url')).toBe('b');
    expect(await secrets.remove(at, 'shop', ['nothing'])).toBe(false);
    expect(await secrets.remove(at, 'shop', ['url'])).toBe(true);
    expect(await secrets.get(at, 'shop')).toBeNull();
    expect(await secrets.remove(at, 'shop')).toBe(false);
  });

  test('a revision is another one with each new value, and the same with the same', async () => {
    const revision = async (): Promise<string> => (await secrets.get(at, 'shop'))!.keys[0]!.revision;
    await secrets.set(at, 'shop', { url: 'a' });
    const first = await revision();
    await secrets.set(at, 'shop', { url: 'a' });
    expect(await revision()).toBe(first);
    await secrets.set(at, 'shop', { url: 'b' });
    expect(await revision()).not.toBe(first);
  });

  test('what is added has a key of its own, and what is stale goes', async () => {
    expect(await secrets.add(at, 'shop', [['token', 'a']])).toEqual(['token']);
    const second = await secrets.add(at, 'shop', [
      ['token', 'b'],
      ['token', 'c'],
    ]);
    expect(new Set(['token', ...second]).size).toBe(3);
    expect(await secrets.read(at, 'shop', second[1]!)).toBe('c');
    const [last] = await secrets.add(at, 'shop', [['token', 'd']], (known) => known.map(({ key }) => key));
    expect(await keysOf('shop')).toEqual([last]);
  });

  test('writers at the same time lose nothing', async () => {
    await Promise.all(Array.from({ length: 6 }, (_, n) => secrets.set(at, 'shop', { [`key${n}`]: `${n}` })));
    expect(await keysOf('shop')).toHaveLength(6);
  });

  test('those of a workspace are listed without values', async () => {
    await secrets.set(at, 'b', { url: 'hidden-value' });
    await secrets.set(at, 'a', { url: 'hidden-value' });
    const found = await secrets.list(at);
    expect(found.map(({ workspace, name }) => [workspace, name])).toEqual([
      [at, 'a'],
      [at, 'b'],
    ]);
    expect(JSON.stringify(found)).not.toContain('hidden-value');
    expect(await secrets.list('no-such-workspace')).toEqual([]);
  });

  test.each([
    ['no name', 'Shop', { url: 'a' }],
    ['no key', 'shop', { '../x': 'a' }],
    ['too long', 'shop', { url: 'x'.repeat(65_537) }],
  ])('%s is refused', async (_what, name, values) => {
    await expect(secrets.set(at, name, values)).rejects.toMatchObject({ code: 'invalid_request' });
  });
}
