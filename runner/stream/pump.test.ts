import { afterEach, expect, it, vi } from 'vitest';
import { pump } from './pump.ts';

afterEach(() => void vi.useRealTimers());

it('what was wrong with a source is over when it runs again, also when it has nothing to bring', async () => {
  vi.useFakeTimers();
  const told: unknown[] = [];
  const stop = new AbortController();
  let runs = 0;
  const running = pump({
    source: {
      run: async () => {
        if (runs++ === 0) throw new Error('no connection');
        await new Promise((resolve) => stop.signal.addEventListener('abort', resolve, { once: true }));
      },
    },
    events: { append: () => Promise.reject(new Error('nothing comes')) },
    pipelineId: 'pl_1',
    signal: stop.signal,
    onTrouble: (error) => told.push(error),
  });
  await vi.advanceTimersByTimeAsync(1000);
  expect(told).toEqual([new Error('no connection')]);
  await vi.advanceTimersByTimeAsync(15_000);
  expect(told).toEqual([new Error('no connection'), null]);
  stop.abort();
  await running;
  expect(vi.getTimerCount()).toBe(0);
});
