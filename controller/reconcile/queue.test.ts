import { describe, expect, it, vi } from 'vitest';
import { KeyedQueue } from './queue.ts';

const BACKOFF = { initial: 5, max: 20, jitter: false };

function queueOf(work: (key: string) => Promise<number | null>, concurrency = 2) {
  const errors: [string, number][] = [];
  const queue = new KeyedQueue({
    work,
    onError: (key, _, retryInMs) => errors.push([key, retryInMs]),
    concurrency,
    backoff: BACKOFF,
    clock: Date.now,
  });
  return { queue, errors };
}

describe('KeyedQueue', () => {
  it('never works on one key twice at the same time, and works once more when it is added meanwhile', async () => {
    let inside = 0;
    let most = 0;
    let times = 0;
    const gate = Promise.withResolvers<void>();
    const { queue } = queueOf(async () => {
      inside += 1;
      most = Math.max(most, inside);
      times += 1;
      await gate.promise;
      inside -= 1;
      return null;
    }, 4);
    queue.add('a');
    await vi.waitFor(() => expect(times).toBe(1));
    for (let i = 0; i < 10; i++) queue.add('a');
    gate.resolve();
    await vi.waitFor(() => expect([times, inside]).toEqual([2, 0]));
    expect(most).toBe(1);
    await queue.close();
  });

  it('works on at most so many keys at once', async () => {
    let inside = 0;
    let most = 0;
    let done = 0;
    const { queue } = queueOf(async () => {
      inside += 1;
      most = Math.max(most, inside);
      await new Promise((resolve) => setTimeout(resolve, 1));
      inside -= 1;
      done += 1;
      return null;
    }, 3);
    for (let i = 0; i < 50; i++) queue.add(`k${i}`);
    await vi.waitFor(() => expect(done).toBe(50));
    expect(most).toBe(3);
    await queue.close();
  });

  it('backs off for each key alone and forgets it after a success', async () => {
    let failures = 3;
    const order: string[] = [];
    const { queue, errors } = queueOf(async (key) => {
      order.push(key);
      if (key === 'bad' && failures-- > 0) throw new Error('no');
      return null;
    });
    queue.add('bad');
    queue.add('good');
    await vi.waitFor(() => expect(order.filter((key) => key === 'bad')).toHaveLength(4));
    expect(errors).toEqual([
      ['bad', 5],
      ['bad', 10],
      ['bad', 20],
    ]);
    expect(order.filter((key) => key === 'good')).toHaveLength(1);
    await queue.close();
  });

  it('comes back after the time that the work asks for, and an earlier time wins', async () => {
    const times: number[] = [];
    const { queue } = queueOf(async () => {
      times.push(performance.now());
      return times.length === 1 ? 30 : null;
    });
    queue.addAfter('a', 60_000);
    queue.addAfter('a', 5);
    await vi.waitFor(() => expect(times).toHaveLength(2));
    expect(times[1]! - times[0]!).toBeGreaterThanOrEqual(29);
    await queue.close();
  });

  it('takes due keys in the order of their times', async () => {
    const order: string[] = [];
    const { queue } = queueOf(async (key) => {
      order.push(key);
      return null;
    }, 1);
    const delays = [30, 10, 50, 20, 40];
    delays.forEach((delay) => queue.addAfter(`k${delay}`, delay));
    await vi.waitFor(() => expect(order).toHaveLength(5));
    expect(order).toEqual(['k10', 'k20', 'k30', 'k40', 'k50']);
    await queue.close();
  });

  it('closes only when the work has ended', async () => {
    let done = false;
    const { queue } = queueOf(async () => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      done = true;
      return null;
    });
    queue.add('slow');
    await vi.waitFor(() => expect(queue.depth).toBe(0));
    await queue.close();
    expect(done).toBe(true);
    queue.add('late');
    expect(queue.depth).toBe(0);
  });
});
