import { getEventListeners } from 'node:events';
import { expect, test } from 'vitest';
import { limited } from './limited.ts';

const aborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason));
  });

test('aborts with the first signal that does, with its reason', async () => {
  const [one, other] = [new AbortController(), new AbortController()];
  const work = limited(60_000, [one.signal, undefined, other.signal], aborted);
  other.abort(new Error('the other'));
  await expect(work).rejects.toThrow('the other');
});

test('aborts at once with a signal that already has', async () => {
  const signal = AbortSignal.abort(new Error('long ago'));
  await expect(limited(60_000, [signal], aborted)).rejects.toThrow('long ago');
});

test('aborts when it takes too long', async () => {
  await expect(limited(10, [new AbortController().signal], aborted)).rejects.toMatchObject({ name: 'TimeoutError' });
});

test('holds on to no signal once the work has ended', async () => {
  const { signal } = new AbortController();
  expect(await limited(60_000, [signal], async () => getEventListeners(signal, 'abort').length)).toBe(1);
  await expect(limited(60_000, [signal], () => Promise.reject(new Error('failed')))).rejects.toThrow('failed');
  expect(getEventListeners(signal, 'abort')).toEqual([]);
});
