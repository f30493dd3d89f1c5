import { expect, it } from 'vitest';
import { Gate } from './gate.ts';

it('lets so many in at a time, in their order', async () => {
  const gate = new Gate(2);
  const begun: number[] = [];
  const ends = Array.from({ length: 5 }, () => Promise.withResolvers<number>());
  const all = ends.map(({ promise }, n) =>
    gate.run(() => {
      begun.push(n);
      return promise;
    }),
  );
  expect(begun).toEqual([0, 1]);
  ends[1]!.resolve(1);
  await all[1];
  await expect.poll(() => begun).toEqual([0, 1, 2]);
  ends[2]!.reject(new Error('failed'));
  await expect(all[2]).rejects.toThrow('failed');
  await expect.poll(() => begun).toEqual([0, 1, 2, 3]);
  for (const n of [0, 3, 4]) ends[n]!.resolve(n);
  expect(await Promise.all([all[0], all[3], all[4]])).toEqual([0, 3, 4]);
});

it('keeps no place for who gave up waiting', async () => {
  const gate = new Gate(1);
  const first = Promise.withResolvers<void>();
  const holding = gate.run(() => first.promise);
  const impatient = new AbortController();
  const waiting = gate.run(() => Promise.resolve('in'), impatient.signal);
  const next = gate.run(() => Promise.resolve('in'));
  impatient.abort(new Error('given up'));
  await expect(waiting).rejects.toThrow('given up');
  await expect(gate.run(() => Promise.resolve('in'), impatient.signal)).rejects.toThrow('given up');
  first.resolve();
  await holding;
  expect(await next).toBe('in');
  expect(await gate.run(() => Promise.resolve('free again'))).toBe('free again');
});
