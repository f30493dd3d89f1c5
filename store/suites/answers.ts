import { describe, expect, test } from 'vitest';
import { MAX_ANSWERS, type AnswerWish } from '../answer-ports.ts';
import { storeForEachTest, type NewStore } from './fixture.ts';
import { T0 } from './samples.ts';

const wish = (over: Partial<AnswerWish> = {}): AnswerWish => ({
  owner: 'tok_1',
  key: 'key-1',
  request: 'a'.repeat(64),
  holder: 'req_1',
  now: T0,
  leaseUntil: T0 + 100,
  ...over,
});
const DAY = 86_400_000;

/** The suite that every implementation of `Answers` passes. */
export function answersSuite(name: string, fresh: NewStore): void {
  describe(`${name}: answers`, () => {
    const under = storeForEachTest(fresh);

    test('a key is reserved once, kept with its answer, and runs out', async () => {
      const [{ answers }, other] = [await under.open(), await under.open()];
      const first = wish();
      expect(await answers.reserve(first)).toEqual({ form: 'reserved' });
      const repeated = wish({ holder: 'req_2', now: T0 + 50 });
      expect(await other.answers.reserve(repeated)).toEqual({ form: 'running' });
      expect(await other.answers.reserve({ ...repeated, request: 'b' })).toEqual({ form: 'other' });
      expect(await answers.keep(first, '{"status":201}', T0 + DAY)).toBe(true);
      expect(await other.answers.reserve({ ...repeated, now: T0 + DAY - 1 })).toEqual({
        form: 'kept',
        answer: '{"status":201}',
      });
      expect(await answers.reserve({ ...repeated, request: 'b' })).toEqual({ form: 'other' });
      expect(await answers.reserve({ ...repeated, now: T0 + DAY, request: 'b', leaseUntil: T0 + 2 * DAY })).toEqual({
        form: 'reserved',
      });
    });

    test('other owners and keys are free', async () => {
      const { answers } = await under.open();
      await answers.reserve(wish());
      expect(await answers.reserve(wish({ owner: 'tok_2' }))).toEqual({ form: 'reserved' });
      expect(await answers.reserve(wish({ key: 'key-2' }))).toEqual({ form: 'reserved' });
      expect(await answers.reserve(wish({ key: 'key:2" ünï' }))).toEqual({ form: 'reserved' });
    });

    test('a reservation that is not renewed is free again, and its late holder keeps nothing', async () => {
      const { answers } = await under.open();
      const late = wish();
      await answers.reserve(late);
      expect(await answers.renew(late, T0 + 200)).toBe(true);
      expect(await answers.reserve(wish({ holder: 'req_2', now: T0 + 150 }))).toEqual({ form: 'running' });
      const next = wish({ holder: 'req_2', now: T0 + 200, leaseUntil: T0 + 300 });
      expect(await answers.reserve(next)).toEqual({ form: 'reserved' });
      expect(await answers.renew(late, T0 + 999)).toBe(false);
      expect(await answers.keep(late, 'late', T0 + DAY)).toBe(false);
      await answers.release(late);
      expect(await answers.reserve(wish({ holder: 'req_3', now: T0 + 250 }))).toEqual({ form: 'running' });
    });

    test('released, a key is free for anything; one with an answer is not released', async () => {
      const { answers } = await under.open();
      const first = wish();
      await answers.reserve(first);
      await answers.release(first);
      const second = wish({ holder: 'req_2', request: 'b' });
      expect(await answers.reserve(second)).toEqual({ form: 'reserved' });
      await answers.keep(second, 'done', T0 + DAY);
      await answers.release(second);
      expect(await answers.reserve(wish({ holder: 'req_3', request: 'b' }))).toEqual({ form: 'kept', answer: 'done' });
    });

    test('of many who ask at once, one gets it', async () => {
      const handles = await Promise.all([under.open(), under.open()]);
      for (let round = 0; round < 10; round++) {
        const got = await Promise.all(
          [0, 1, 2, 3].map((n) =>
            handles[n % 2]!.answers.reserve(wish({ key: `key-${round}`, holder: `req_${round}_${n}` })),
          ),
        );
        expect(got.filter(({ form }) => form === 'reserved')).toHaveLength(1);
        expect(got.filter(({ form }) => form === 'running')).toHaveLength(3);
      }
    });

    test('an owner has so many keys at most; what ran out does not count and is pruned', async () => {
      const { answers } = await under.open();
      for (let from = 0; from < MAX_ANSWERS; from += 1000) {
        await Promise.all(Array.from({ length: 1000 }, (_, n) => answers.reserve(wish({ key: `key-${from + n}` }))));
      }
      expect(await answers.reserve(wish({ key: 'more' }))).toEqual({ form: 'full' });
      expect(await answers.reserve(wish({ key: 'more', owner: 'tok_2', leaseUntil: T0 + 500 }))).toEqual({
        form: 'reserved',
      });
      expect(await answers.reserve(wish({ key: 'more', now: T0 + 100, leaseUntil: T0 + 500 }))).toEqual({
        form: 'reserved',
      });
      expect(await answers.prune(T0 + 99)).toBe(0);
      expect(await answers.prune(T0 + 100)).toBe(MAX_ANSWERS);
      expect(await answers.prune(T0 + 100)).toBe(0);
      expect(await answers.reserve(wish({ key: 'more', now: T0 + 100 }))).toEqual({ form: 'running' });
    });
  });
}
