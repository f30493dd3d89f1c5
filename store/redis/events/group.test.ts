import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { redisMissing, startRedis, type RedisServer } from '../../../test/servers/redis.ts';
import type { EventLog } from '../../event-ports.ts';
import { openRedis } from '../open.ts';
import {
  ALL,
  PIPELINE,
  TTL,
  commitTo,
  newEvents,
  newReplay,
  offsets,
  range,
  stored,
} from '../../suites/events-samples.ts';
import { redisEvents } from './index.ts';
import { GROUP, logKeys } from './keys.ts';

const missing = await redisMissing();

/** What `XINFO GROUPS` and `XINFO CONSUMERS` show. */
interface Shown {
  readonly pending: unknown;
  readonly lag: unknown;
  readonly consumers: readonly unknown[];
}

describe.skipIf(missing !== null)(`event log${missing === null ? '' : `: skipped, ${missing}`}`, () => {
  let server: RedisServer;
  const closing: (() => void)[] = [];
  beforeAll(async () => {
    server = await startRedis({ appendfsync: 'no' });
  });
  afterAll(async () => {
    for (const close of closing) close();
    await server?.stop();
  });

  /** Handles of two servers on one log with `blocks` entries of ten events, and a look at it as redis-cli has. */
  async function two(blocks: number): Promise<{
    one: EventLog;
    other: EventLog;
    log: string;
    shown: () => Promise<Shown>;
    cli: (command: string, ...args: string[]) => Promise<unknown>;
  }> {
    const url = server.fresh();
    const [a, b] = [(await openRedis(url)).redis, (await openRedis(url)).redis];
    const client = server.client();
    closing.push(
      () => a.close(),
      () => b.close(),
      () => client.disconnect(),
    );
    const one = redisEvents(a);
    for (const n of range(0, blocks)) await stored(one, newEvents(10, n * 10), n * 100);
    const { log } = logKeys(a.keys, PIPELINE);
    const cli = async (command: string, ...args: string[]): Promise<unknown> => client.call(command, ...args);
    const field = (list: unknown, name: string): unknown => (list as unknown[])[(list as unknown[]).indexOf(name) + 1];
    const shown = async (): Promise<Shown> => {
      const [group] = (await cli('XINFO', 'GROUPS', log)) as unknown[];
      const consumers = (await cli('XINFO', 'CONSUMERS', log, GROUP)) as unknown[];
      return {
        pending: field(group, 'pending'),
        lag: field(group, 'lag'),
        consumers: consumers.map((consumer) => field(consumer, 'name')),
      };
    };
    return { one, other: redisEvents(b), log, shown, cli };
  }

  test('shows what is read and not settled; a commit acknowledges the entries that are done with', async () => {
    const { one, shown } = await two(6);
    const reader = (await one.acquire(PIPELINE, 'a', TTL))!;
    expect(await shown()).toMatchObject({ pending: 0, lag: 6 });
    expect(offsets(await one.read(PIPELINE, 0, { events: 35, bytes: 1e6 }))).toEqual(range(0, 35));
    expect(await shown()).toMatchObject({ pending: 4, lag: 2, consumers: ['a'] });
    // 25 is in the middle of the third.
    expect(await one.commit(commitTo(reader, 25))).toBe(true);
    expect(await shown()).toMatchObject({ pending: 2 });
    expect(offsets(await one.read(PIPELINE, 35, ALL))).toEqual(range(35, 60));
    expect(await one.commit(commitTo(reader, 60))).toBe(true);
    expect(await shown()).toMatchObject({ pending: 0, lag: 0 });
  });

  test('a dead reader: the next one gets its entries first, then new ones, and it is forgotten', async () => {
    const { one, other, shown } = await two(6);
    const dead = (await one.acquire(PIPELINE, 'dead', TTL))!;
    await one.read(PIPELINE, 0, { events: 40, bytes: 1e6 });
    expect(await one.commit(commitTo(dead, 15))).toBe(true);
    expect(await other.acquire(PIPELINE, 'next', TTL)).toBeNull();
    await one.renew([dead], 0);
    const next = (await other.acquire(PIPELINE, 'next', TTL))!;
    expect(next).toMatchObject({ offset: 15 });
    expect(await shown()).toMatchObject({ pending: 3, consumers: ['next'] });
    expect(offsets(await other.read(PIPELINE, 15, ALL))).toEqual(range(15, 60));
    // The one that was believed dead takes new entries away, and settles nothing.
    await stored(one, newEvents(10), 700);
    expect(offsets(await one.read(PIPELINE, 40, ALL))).toEqual(range(40, 70));
    expect(await one.commit(commitTo(dead, 60))).toBe(false);
    expect(offsets(await other.read(PIPELINE, 60, ALL))).toEqual(range(60, 70));
    expect(await other.commit(commitTo(next, 70))).toBe(true);
    // What the dead one took is claimed and acknowledged with the next lease.
    await other.acquire(PIPELINE, 'next', TTL);
    expect(await shown()).toMatchObject({ pending: 0, lag: 0, consumers: ['next'] });
  });

  test('a host whose clock is ahead takes no lease early', async () => {
    const { one, other } = await two(1);
    const reader = (await one.acquire(PIPELINE, 'a', TTL))!;
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 10 * TTL });
    onTestFinished(() => void vi.useRealTimers());
    expect(await other.acquire(PIPELINE, 'b', TTL)).toBeNull();
    vi.setSystemTime(Date.now() - 20 * TTL);
    expect(await one.renew([reader], TTL)).toEqual(new Set([PIPELINE]));
    expect(await other.acquire(PIPELINE, 'b', TTL)).toBeNull();
  });

  test('a reader without a lease takes entries between those that were claimed and new ones: none is left out', async () => {
    const { one, other } = await two(6);
    const dead = (await one.acquire(PIPELINE, 'dead', 0))!;
    await one.read(PIPELINE, 0, { events: 10, bytes: 1e6 });
    await one.commit(commitTo(dead, 10));
    const next = (await other.acquire(PIPELINE, 'next', TTL))!;
    // It has not heard that its lease is gone.
    expect(offsets(await one.read(PIPELINE, 10, ALL))).toEqual(range(10, 60));
    await stored(one, newEvents(10), 700);
    const read: number[] = [];
    for (let some: number[] | null = null; some === null || some.length > 0;) {
      some = offsets(await other.read(PIPELINE, 10 + read.length, { events: 1000, bytes: 1e6 }));
      read.push(...some);
    }
    expect(read).toEqual(range(10, 70));
    expect(await other.commit(commitTo(next, 70))).toBe(true);
  });

  test.each([
    ['moved to the end', ['XGROUP', 'SETID', '$LOG', GROUP, '$']],
    ['moved to the middle', ['XGROUP', 'SETID', '$LOG', GROUP, '400-49']],
    ['moved back', ['XGROUP', 'SETID', '$LOG', GROUP, '0']],
    ['removed', ['XGROUP', 'DESTROY', '$LOG', GROUP]],
  ])('a group that somebody has %s: the committed offset is the truth', async (_what, command) => {
    const { one, log, cli } = await two(9);
    const reader = (await one.acquire(PIPELINE, 'a', TTL))!;
    expect(offsets(await one.read(PIPELINE, 0, { events: 15, bytes: 1e6 }))).toEqual(range(0, 15));
    const [name, ...args] = command.map((word) => (word === '$LOG' ? log : word));
    await cli(name!, ...args);
    const rest: number[] = [];
    for (let offset = 15; ;) {
      const some = await one.read(PIPELINE, offset, { events: 12, bytes: 1e6 });
      if (some.length === 0) break;
      rest.push(...offsets(some));
      offset += some.length;
    }
    expect(rest).toEqual(range(15, 90));
    await stored(one, newEvents(10), 1000);
    expect(offsets(await one.read(PIPELINE, 90, ALL))).toEqual(range(90, 100));
    expect(await one.commit(commitTo(reader, 100))).toBe(true);
    expect(await one.acquire(PIPELINE, 'a', TTL)).toMatchObject({ offset: 100 });
  });

  test('finds every offset by the marks, also when the first ones were trimmed away', async () => {
    const { one } = await two(100);
    const reader = (await one.acquire(PIPELINE, 'a', TTL))!;
    const first = async (offset: number): Promise<number | undefined> =>
      (await one.read(PIPELINE, offset, { events: 1, bytes: 1 }))[0]?.offset;
    for (const offset of [999, 0, 1, 159, 160, 161, 505, 990, 333]) expect(await first(offset)).toBe(offset);
    expect(await first(1000)).toBeUndefined();
    await one.commit(commitTo(reader, 505));
    while ((await one.prune(PIPELINE, 1e9, 0)).more);
    for (const offset of [999, 500, 501, 511, 700]) expect(await first(offset)).toBe(offset);
    for (const offset of [0, 499, 160]) expect(await first(offset)).toBe(500);
    const stats = (await one.stats([PIPELINE], 0)).get(PIPELINE)!;
    expect(stats).toMatchObject({ oldest: 500, next: 1000, committed: 505, waitingSince: 5000 });
  });

  test('deleting a pipeline leaves no key of it', async () => {
    const { one, cli, log } = await two(3);
    const reader = (await one.acquire(PIPELINE, 'a', TTL))!;
    const failed = [{ offset: 3, attempts: 1, error: { code: 'internal', message: 'no' } }] as const;
    await one.commit(commitTo(reader, 5, { failed }));
    await one.append(newEvents(1, 0, { idempotencyKey: 'k' }), 0);
    await one.createReplay(newReplay());
    await one.deletePipeline(PIPELINE);
    expect(await cli('KEYS', log.replace(/log$/, '*'))).toEqual([]);
    expect(await one.pipelines()).toEqual([]);
    expect(await one.commit(commitTo(reader, 5))).toBe(false);
  });
});
