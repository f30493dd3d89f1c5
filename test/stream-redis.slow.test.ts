/** The stream engine on Redis: delivery, Redis that goes away and comes back, and two hosts on one store. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Type } from 'typebox';
import type { Connector, StreamRecord } from '../runner/ports.ts';
import { redisMissing, startRedis, type RedisServer } from './servers/redis.ts';
import { eventually } from './server.ts';
import { localHost, PIPELINE, streamLab, type LocalHost, type StreamLab, type StreamOptions } from './streams.ts';

const missing = await redisMissing();

describe.skipIf(missing !== null)(`streams on Redis${missing === null ? '' : ` (skipped: ${missing})`}`, () => {
  let redis: RedisServer;
  let lab: StreamLab;
  const hosts: LocalHost[] = [];
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.stop());
  beforeEach(async () => {
    lab = await streamLab(redis.fresh());
    arrived.length = 0;
  });
  afterEach(async () => {
    for (const { host } of hosts.splice(0)) await host.drain(0);
    await lab.close();
  });

  const newHost = (): LocalHost => {
    const one = localHost([keeping]);
    hosts.push(one);
    return one;
  };
  const options = (more: Partial<StreamOptions> = {}): StreamOptions => ({
    destinations: [{ connector: 'keeping' }],
    batch: { size: 20 },
    leaseMs: 2000,
    ...more,
  });
  const start = ({ host }: LocalHost, more: Partial<StreamOptions> = {}): void =>
    host.start(lab.assignment(options(more)), 'h');

  it('bring events to their destination, also those that come later and those of a replay', async () => {
    const one = newHost();
    await lab.append(250);
    start(one);
    await lab.settled(250);
    await lab.append(50, 250);
    await lab.settled(300);
    expect(arrived).toEqual(numbers(0, 300));
    const now = Date.now();
    const selection = { kind: 'window', from: 0, to: now + 1 } as const;
    const wish = {
      id: 'rp_1',
      pipelineId: PIPELINE,
      selection,
      eventsPerSecond: 10_000,
      createdBy: 'me',
      createdAt: now,
    };
    await lab.store.events.createReplay(wish);
    await eventually('the replay', async () => (await lab.store.events.replay('rp_1'))?.status === 'success');
    expect(arrived.slice(300)).toEqual(numbers(0, 300));
  });

  it('go on when Redis was killed and comes back; at most the batches under way come twice', async () => {
    const one = newHost();
    await lab.append(600);
    slowMs = 10;
    start(one);
    let kills = 0;
    for (; kills < 2; kills++) {
      const before = arrived.length;
      await eventually('some events', async () => arrived.length > before + 40);
      await redis.kill();
      // Longer than the lease lasts: delivery stops meanwhile.
      await eventually('delivery to stop', async () => {
        const seen = arrived.length;
        await new Promise((resolve) => setTimeout(resolve, 300));
        return arrived.length === seen;
      });
      await redis.restart();
    }
    await lab.settled(600, PIPELINE, 30_000);
    slowMs = 0;
    expect([...new Set(arrived)]).toEqual(numbers(0, 600));
    expect(arrived.length - 600).toBeLessThanOrEqual(kills * 20);
    await one.said.until('running', PIPELINE, 30_000);
  });

  it('are delivered by one of two hosts, and by the other when that one drains', async () => {
    const one = newHost();
    const two = newHost();
    await lab.append(300);
    slowMs = 10;
    start(one);
    await one.said.until('running');
    start(two);
    await two.said.until('standby');
    await eventually('some events', async () => arrived.length > 40);
    // Told once, however often it asks for the lease.
    expect(two.said.states.map(({ state }) => state)).toEqual(['starting', 'standby']);
    await one.host.drain(5000);
    await two.said.until('running');
    await lab.settled(300);
    slowMs = 0;
    expect(arrived).toEqual(numbers(0, 300));
  });

  it('that were begun while Redis was away wait for it', async () => {
    await lab.append(10);
    await redis.kill();
    const one = newHost();
    start(one);
    expect((await one.said.until('waiting', PIPELINE, 20_000)).error?.code).toBe('unavailable');
    await redis.restart();
    await lab.settled(10, PIPELINE, 30_000);
    expect(arrived).toEqual(numbers(0, 10));
  });
});

const numbers = (from: number, to: number): readonly number[] =>
  Array.from({ length: to - from }, (_, index) => from + index);

/** What the destination took, in order. */
const arrived: number[] = [];
let slowMs = 0;

/** A destination in the process of the test. */
const keeping: Connector = {
  name: 'keeping',
  title: 'Keeping',
  summary: 'Keeps.',
  settings: Type.Object({}, { additionalProperties: false }),
  examples: [],
  modes: ['append'],
  destination: () => ({
    stream: async () => ({
      write: async (records: readonly StreamRecord[]) => {
        if (slowMs > 0) await new Promise((resolve) => setTimeout(resolve, slowMs));
        for (const { row } of records) arrived.push(row['n'] as number);
        return { failed: [] };
      },
      close: () => Promise.resolve(),
    }),
  }),
  check: () => Promise.resolve({ ok: true, message: '' }),
};
