import { describe, expect, test } from 'vitest';
import { storeForEachTest, type NewStore } from './fixture.ts';
import { T0 } from './samples.ts';

/** The suite that every implementation of `Locks` passes. */
export function locksSuite(name: string, fresh: NewStore): void {
  describe(`${name}: locks`, () => {
    const under = storeForEachTest(fresh);

    test('a lease belongs to its holder until it runs out', async () => {
      const [{ locks }, other] = [await under.open(), await under.open()];
      expect(await locks.holder('schedule', T0)).toBeNull();
      expect(await locks.acquire('schedule', 'one', T0, 100)).toBe(true);
      expect(await other.locks.acquire('schedule', 'two', T0 + 99, 100)).toBe(false);
      expect(await other.locks.holder('schedule', T0 + 99)).toBe('one');
      expect(await other.locks.holder('schedule', T0 + 100)).toBeNull();
      expect(await other.locks.acquire('schedule', 'two', T0 + 100, 100)).toBe(true);
      expect(await locks.acquire('schedule', 'one', T0 + 101, 100)).toBe(false);
      expect(await locks.holder('schedule', T0 + 101)).toBe('two');
    });

    test('renewing prolongs it; other names are free', async () => {
      const { locks } = await under.open();
      expect(await locks.acquire('schedule', 'one', T0, 100)).toBe(true);
      expect(await locks.acquire('schedule', 'one', T0 + 90, 100)).toBe(true);
      expect(await locks.acquire('schedule', 'two', T0 + 150, 100)).toBe(false);
      expect(await locks.acquire('leader', 'two', T0, 100)).toBe(true);
    });

    test('only its holder can release it', async () => {
      const { locks } = await under.open();
      await locks.acquire('schedule', 'one', T0, 100);
      await locks.release('schedule', 'two');
      expect(await locks.holder('schedule', T0)).toBe('one');
      await locks.release('schedule', 'one');
      await locks.release('schedule', 'one');
      expect(await locks.holder('schedule', T0)).toBeNull();
      expect(await locks.acquire('schedule', 'two', T0, 100)).toBe(true);
    });

    test('of many who ask at once, one gets it', async () => {
      const handles = await Promise.all([under.open(), under.open(), under.open()]);
      for (let round = 0; round < 20; round++) {
        const got = await Promise.all(
          handles.map(({ locks }, n) => locks.acquire(`lock-${round}`, `holder-${n}`, T0, 100)),
        );
        expect(got.filter(Boolean)).toHaveLength(1);
      }
    });
  });
}
