import { MAX_ANSWERS, type Answers, type AnswerWish, type Reservation } from '../answer-ports.ts';
import type { RedisConnection } from './client.ts';
import { fromJson } from './json.ts';
import { loadScript } from './script.ts';

/** Keys that one script deletes. */
const SLICE = 200;

export function redisAnswers(redis: RedisConnection): Answers {
  const script = (name: string): URL => new URL(`scripts/${name}.lua`, import.meta.url);
  const reserve = loadScript<[Reservation['form'], string?]>(redis, script('answer-reserve'));
  const change = loadScript<number>(redis, script('answer-change'));
  const forget = loadScript<number>(redis, script('answer-forget'));
  const { answer: answerKey, answersOf, allAnswers } = redis.keys;
  const keysOf = ({ owner, key }: Pick<AnswerWish, 'owner' | 'key'>): [string, string, string] => [
    answerKey(owner, key),
    answersOf(owner),
    allAnswers,
  ];

  return {
    reserve: async (wish) => {
      const { owner, key, request, holder, now, leaseUntil } = wish;
      const [form, answer] = await reserve(keysOf(wish), [owner, key, request, holder, now, leaseUntil, MAX_ANSWERS]);
      return form === 'kept' ? { form, answer: answer! } : { form };
    },
    renew: async (wish, until) => (await change(keysOf(wish), [wish.owner, wish.key, wish.holder, until, ''])) === 1,
    keep: async (wish, answer, until) =>
      (await change(keysOf(wish), [wish.owner, wish.key, wish.holder, until, answer])) === 1,
    release: async (wish) => {
      await change(keysOf(wish), [wish.owner, wish.key, wish.holder, '', '']);
    },
    prune: async (now) => {
      for (let pruned = 0; ;) {
        const members = await redis.read((client) => client.zrangebyscore(allAnswers, '-inf', now, 'LIMIT', 0, SLICE));
        if (members.length === 0) return pruned;
        const keys: string[] = [allAnswers];
        const args: (string | number)[] = [now];
        for (const member of members) {
          const [owner, key] = fromJson(member, redis.shown) as [string, string];
          keys.push(answerKey(owner, key), answersOf(owner));
          args.push(member, key);
        }
        pruned += await forget(keys, args);
      }
    },
  };
}
