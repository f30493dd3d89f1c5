import { describe, expect, test } from 'vitest';
import { eventually } from '../../test/server.ts';
import type { SecretRecord } from '../secret-ports.ts';
import { storeForEachTest, type NewStore } from './fixture.ts';
import { T0 } from './samples.ts';

const secret = (over: Partial<SecretRecord> = {}): SecretRecord => ({
  workspace: 'default',
  name: 'billing',
  version: 'v1',
  keyId: 'k1',
  entries: { token: { sealed: 'sealed', revision: 'r1', updatedAt: T0 } },
  createdAt: T0,
  updatedAt: T0,
  ...over,
});

/** The suite that every implementation of `Secrets` passes. */
export function secretsSuite(name: string, fresh: NewStore): void {
  describe(`${name}: secrets`, () => {
    const under = storeForEachTest(fresh);

    test('a record is found by workspace and name, by every handle', async () => {
      const [{ secrets }, other] = [await under.open(), await under.open()];
      expect(await secrets.put(secret(), null)).toBe('stored');
      expect(await other.secrets.get('default', 'billing')).toEqual(secret());
      expect(await other.secrets.get('prod', 'billing')).toBeNull();
      expect(await other.secrets.get('default', 'other')).toBeNull();
    });

    test('they are listed by workspace and name', async () => {
      const { secrets } = await under.open();
      const all = [
        secret({ workspace: 'a', name: 'x' }),
        secret({ workspace: 'a-b', name: 'a' }),
        secret({ workspace: 'b', name: 'a.z' }),
        secret({ workspace: 'b', name: 'b' }),
      ];
      for (const record of [...all].reverse()) await secrets.put(record, null);
      expect(await secrets.list()).toEqual(all);
      expect(await secrets.list('b')).toEqual(all.slice(2));
      expect(await secrets.list('none')).toEqual([]);
    });

    test('a write replaces the version it has seen and no other', async () => {
      const { secrets } = await under.open();
      const next = secret({ version: 'v2', entries: {}, updatedAt: T0 + 1 });
      expect(await secrets.put(next, 'v1')).toBe('changed');
      expect(await secrets.put(secret(), null)).toBe('stored');
      expect(await secrets.put(next, null)).toBe('changed');
      expect(await secrets.put(next, 'v0')).toBe('changed');
      expect(await secrets.get('default', 'billing')).toEqual(secret());
      expect(await secrets.put(next, 'v1')).toBe('stored');
      expect(await secrets.get('default', 'billing')).toEqual(next);
    });

    test('of two who write at the same time one wins', async () => {
      const [one, two] = [(await under.open()).secrets, (await under.open()).secrets];
      await one.put(secret(), null);
      const results = await Promise.all([
        one.put(secret({ version: 'v2' }), 'v1'),
        two.put(secret({ version: 'v3' }), 'v1'),
      ]);
      expect([...results].sort()).toEqual(['changed', 'stored']);
    });

    test('one is deleted, in the version that was seen where that is asked for', async () => {
      const { secrets } = await under.open();
      expect(await secrets.delete('default', 'billing')).toBe(false);
      await secrets.put(secret(), null);
      expect(await secrets.delete('default', 'billing', 'v0')).toBe(false);
      expect(await secrets.delete('default', 'billing', 'v1')).toBe(true);
      expect(await secrets.get('default', 'billing')).toBeNull();
      await secrets.put(secret(), null);
      expect(await secrets.delete('default', 'billing')).toBe(true);
      expect(await secrets.list()).toEqual([]);
    });

    test('the first record settles the sealing key, and one with another key is refused', async () => {
      const { secrets } = await under.open();
      expect(await secrets.sealingKey()).toBeNull();
      await secrets.put(secret(), null);
      expect(await secrets.sealingKey()).toBe('k1');
      expect(await secrets.put(secret({ name: 'other', keyId: 'k2' }), null)).toBe('other_key');
      expect(await secrets.useKey('k0', 'k2')).toBe(false);
      expect(await secrets.useKey(null, 'k2')).toBe(false);
      expect(await secrets.useKey('k1', 'k2')).toBe(true);
      expect(await secrets.sealingKey()).toBe('k2');
      expect(await secrets.put(secret({ version: 'v2' }), 'v1')).toBe('other_key');
      expect(await secrets.put(secret({ version: 'v2', keyId: 'k2' }), 'v1')).toBe('stored');
    });

    test('a key can be settled before there is a record', async () => {
      const { secrets } = await under.open();
      expect(await secrets.useKey(null, 'k9')).toBe(true);
      expect(await secrets.put(secret(), null)).toBe('other_key');
    });

    test('who watches is told of a change by others', async () => {
      const [{ secrets }, other] = [await under.open(), await under.open()];
      let calls = 0;
      const stop = secrets.watch(() => void calls++);
      const told = async (what: string, change: () => Promise<unknown>): Promise<void> => {
        const before = calls;
        await change();
        await eventually(`a call after ${what}`, async () => calls > before);
      };
      await told('a put', () => other.secrets.put(secret(), null));
      await told('a new key', () => other.secrets.useKey('k1', 'k2'));
      await told('a deletion', () => other.secrets.delete('default', 'billing'));
      stop();
    });
  });
}
