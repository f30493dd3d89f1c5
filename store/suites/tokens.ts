import { describe, expect, test } from 'vitest';
import { storeForEachTest, type NewStore } from './fixture.ts';
import { T0, token } from './samples.ts';

const HASH_B = 'b'.repeat(64);

/** The suite that every implementation of `Tokens` passes. */
export function tokensSuite(name: string, fresh: NewStore): void {
  describe(`${name}: tokens`, () => {
    const under = storeForEachTest(fresh);

    test('a token is found by its hash and id, by every handle', async () => {
      const [{ tokens }, other] = [await under.open(), await under.open()];
      const made = token({ expiresAt: T0 + 1000, integrationId: 'cn_shop' });
      await tokens.create(made);
      expect(await other.tokens.findByHash(made.hash)).toEqual(made);
      expect(await other.tokens.get(made.id)).toEqual(made);
      expect(await tokens.findByHash(HASH_B)).toBeNull();
      expect(await tokens.get('tok_none')).toBeNull();
      const everywhere = token({ id: 'tok_0', hash: HASH_B, workspaces: null, createdAt: T0 + 1 });
      await tokens.create(everywhere);
      expect(await tokens.list()).toEqual([made, everywhere]);
    });

    test('the same id or secret twice is a conflict', async () => {
      const { tokens } = await under.open();
      await tokens.create(token());
      await expect(tokens.create(token({ hash: HASH_B }))).rejects.toMatchObject({ code: 'conflict' });
      await expect(tokens.create(token({ id: 'tok_2' }))).rejects.toMatchObject({ code: 'conflict' });
      expect(await tokens.list()).toEqual([token()]);
    });

    test('put replaces the token of the same id: the old secret is dead', async () => {
      const { tokens } = await under.open();
      await tokens.put(token());
      await tokens.put(token({ hash: HASH_B, name: 'admin' }));
      expect(await tokens.findByHash(token().hash)).toBeNull();
      expect(await tokens.list()).toEqual([token({ hash: HASH_B, name: 'admin' })]);
    });

    test('put with the secret of another token is a conflict and changes nothing', async () => {
      const { tokens } = await under.open();
      const other = token({ id: 'tok_2', hash: HASH_B });
      await tokens.create(token());
      await tokens.create(other);
      await expect(tokens.put(token({ hash: HASH_B }))).rejects.toMatchObject({ code: 'conflict' });
      expect(await tokens.list()).toEqual([token(), other]);
    });

    test('a revoked token keeps its first time and stays listed', async () => {
      const { tokens } = await under.open();
      await tokens.create(token());
      expect(await tokens.revoke('tok_1', T0 + 5)).toBe(true);
      expect(await tokens.revoke('tok_1', T0 + 9)).toBe(true);
      expect(await tokens.revoke('tok_none', T0)).toBe(false);
      expect(await tokens.findByHash(token().hash)).toEqual(token({ revokedAt: T0 + 5 }));
    });

    test('the last use only moves forward', async () => {
      const { tokens } = await under.open();
      await tokens.create(token());
      await tokens.touch('tok_1', T0 + 5);
      await tokens.touch('tok_1', T0 + 3);
      await tokens.touch('tok_none', T0);
      expect(await tokens.get('tok_1')).toEqual(token({ lastUsedAt: T0 + 5 }));
    });
  });
}
