import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { HeadgateError } from '../../foundation/errors.ts';
import { silentLogger } from '../../foundation/log.ts';
import { openStore } from '../../store/open.ts';
import type { EventDelivery } from '../../store/event-ports.ts';
import type { Store } from '../../store/ports.ts';
import { LeaseKeeper, ReaderLost, type HeldLease } from './lease.ts';

const TTL = 800;
let folder: string;
let store: Store;
const keepers: LeaseKeeper[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'headgate-lease-'));
  store = await openStore(`sqlite:${join(folder, 'headgate.db')}`);
});
afterEach(async () => {
  for (const keeper of keepers.splice(0)) keeper.close();
  await store.close();
  await rm(folder, { recursive: true, force: true });
});

type Leases = Pick<EventDelivery, 'acquire' | 'renew' | 'release'>;

function keeper(holder: string, change: Partial<Leases> = {}): LeaseKeeper {
  const { events } = store;
  const port: Leases = {
    acquire: (...args) => events.acquire(...args),
    renew: (...args) => events.renew(...args),
    release: (...args) => events.release(...args),
    ...change,
  };
  const made = new LeaseKeeper({ events: port, holder, ttlMs: TTL, log: silentLogger() });
  keepers.push(made);
  return made;
}

const lost = (lease: HeldLease): Promise<void> =>
  new Promise((resolve) => lease.signal.addEventListener('abort', () => resolve(), { once: true }));

it('holds leases for as long as they are renewed, and nobody else gets them', async () => {
  const one = keeper('one');
  const [first, second] = [await one.acquire('pl_a'), await one.acquire('pl_b')];
  const other = keeper('other');
  const end = performance.now() + 2.5 * TTL;
  while (performance.now() < end) {
    expect(await other.acquire('pl_a')).toBeNull();
    await new Promise((resolve) => setTimeout(resolve, TTL / 10));
  }
  first!.confirm();
  second!.confirm();
  await first!.release();
  expect(await other.acquire('pl_a')).not.toBeNull();
  expect(() => first!.confirm()).toThrow(ReaderLost);
});

it('gives up before the store gives the lease to another, when renewing fails', async () => {
  const renew = (): Promise<never> => Promise.reject(new HeadgateError('unavailable', 'the store is away'));
  const lease = await keeper('one', { renew }).acquire('pl_a');
  const at = performance.now();
  await lost(lease!);
  expect(performance.now() - at).toBeLessThan(TTL);
  expect(() => lease!.confirm()).toThrow(ReaderLost);
});

it('gives up before that, when renewing hangs', async () => {
  const lease = await keeper('one', { renew: () => new Promise(() => undefined) }).acquire('pl_a');
  const at = performance.now();
  await lost(lease!);
  expect(performance.now() - at).toBeLessThan(TTL);
});

it('notices that another reader has the pipeline', async () => {
  const lease = await keeper('one').acquire('pl_a');
  // The same holder in another process: it gets the lease at once, with a new epoch.
  expect(await keeper('one').acquire('pl_a')).not.toBeNull();
  await lost(lease!);
  expect(() => lease!.confirm()).toThrow('another reader');
});
