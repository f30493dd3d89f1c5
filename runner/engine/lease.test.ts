import { afterEach, expect, test } from 'vitest';
import { HeadgateError } from '../../foundation/errors.ts';
import type { Runs } from '../../store/ports.ts';
import { Lease, LeaseLost } from './lease.ts';

type Answer = Awaited<ReturnType<Runs['heartbeat']>> | Error;

const leases: Lease[] = [];
afterEach(() => {
  for (const lease of leases.splice(0)) lease.stop();
});

/** A lease over a store that answers these things one after the other, and the last one for ever. */
function leaseOf(answers: readonly Answer[], leaseMs: number): { lease: Lease; asked: () => number; ends: Error[] } {
  let asked = 0;
  const ends: Error[] = [];
  const lease = new Lease({
    runs: {
      heartbeat: () => {
        const answer = answers[Math.min(asked++, answers.length - 1)]!;
        return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
      },
    },
    runId: 'run_1',
    attempt: 1,
    leaseMs,
    now: Date.now,
    progress: () => ({ stage: 'load', rowsProcessed: 0 }),
    onEnd: (reason) => ends.push(reason),
  });
  leases.push(lease);
  return { lease, asked: () => asked, ends };
}

const busy = new HeadgateError('unavailable', 'the store is busy');

test('a store that is busy for a moment ends nothing', async () => {
  const { lease, asked, ends } = leaseOf([busy, busy, { cancel: false }], 30_000);
  await lease.confirm();
  expect(asked()).toBe(3);
  expect(ends).toEqual([]);
});

test('a store that stays busy is asked while the lease lasts, and nothing is confirmed', async () => {
  const { lease, asked } = leaseOf([busy], 700);
  await expect(lease.confirm()).rejects.toBe(busy);
  expect(asked()).toBeGreaterThan(1);
});

test("a run that is another one's, or cancelled, is not asked for again", async () => {
  const lost = leaseOf([null, { cancel: false }], 30_000);
  await expect(lost.lease.confirm()).rejects.toBeInstanceOf(LeaseLost);
  const cancelled = leaseOf([{ cancel: true }, { cancel: false }], 30_000);
  await expect(cancelled.lease.confirm()).rejects.toMatchObject({ code: 'run_cancelled' });
  expect([lost.asked(), cancelled.asked(), lost.ends.length, cancelled.ends.length]).toEqual([1, 1, 1, 1]);
});

test('the heartbeat gives up when the store stays away for longer than the lease', async () => {
  const { lease, ends } = leaseOf([busy], 300);
  lease.start();
  await expect.poll(() => ends.length, { timeout: 5000 }).toBe(1);
  expect(ends[0]).toBeInstanceOf(LeaseLost);
});
