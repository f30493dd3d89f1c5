import { expect, it } from 'vitest';
import { Turns } from './turns.ts';

const never = new AbortController().signal;

it('gives turns one at a time, in order, for each key alone', async () => {
  const turns = new Turns(10);
  const seen: string[] = [];
  const gate = Promise.withResolvers<void>();
  const first = turns.take('a', never, async () => {
    seen.push('a1');
    await gate.promise;
    seen.push('a1 ends');
  });
  const second = turns.take('a', never, async () => void seen.push('a2'));
  await turns.take('b', never, async () => void seen.push('b1'));
  gate.resolve();
  await Promise.all([first, second]);
  expect(seen).toEqual(['a1', 'b1', 'a1 ends', 'a2']);
});

it('refuses who comes when too many wait, and goes on afterwards', async () => {
  const turns = new Turns(2);
  const gate = Promise.withResolvers<void>();
  const taken = [1, 2, 3].map((n) => turns.take('a', never, () => gate.promise.then(() => n)));
  await expect(turns.take('a', never, async () => 4)).rejects.toMatchObject({ code: 'unavailable', retryAfter: 2 });
  gate.resolve();
  expect(await Promise.all(taken)).toEqual([1, 2, 3]);
  expect(await turns.take('a', never, async () => 5)).toBe(5);
});

it('who gives up while waiting leaves the line, and nobody overtakes', async () => {
  const turns = new Turns(10);
  const seen: number[] = [];
  const gate = Promise.withResolvers<void>();
  const first = turns.take('a', never, () => gate.promise.then(() => void seen.push(1)));
  const leaving = new AbortController();
  const second = turns.take('a', leaving.signal, async () => void seen.push(2));
  const third = turns.take('a', never, async () => void seen.push(3));
  leaving.abort(new Error('gone'));
  await expect(second).rejects.toThrow('gone');
  expect(seen).toEqual([]);
  gate.resolve();
  await Promise.all([first, third]);
  expect(seen).toEqual([1, 3]);
});

it('work that fails ends its turn', async () => {
  const turns = new Turns(1);
  await expect(turns.take('a', never, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(await turns.take('a', never, async () => 1)).toBe(1);
});
