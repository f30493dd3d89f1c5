import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import { HeadgateError } from '../../../foundation/errors.ts';
import { redisMissing, startRedis } from '../../../test/servers/redis.ts';
import type { EventLog } from '../../event-ports.ts';
import { openStore } from '../../open.ts';
import { ALL, PIPELINE, commitTo, newEvent, newEvents, offsets, range, readAll } from '../../suites/events-samples.ts';

const missing = await redisMissing();
const PRODUCERS = 8;
const DISTURBANCES = 6;
/** Acknowledged calls between two of them. */
const BETWEEN = 80;
const BATCH = 5;
/** Events of one read. */
const READ = 40;
const TTL = 60_000;

interface Noted {
  /** Idempotency key to the offset that was acknowledged. */
  readonly acknowledged: Map<string, number>;
  readonly errors: unknown[];
  repeated: number;
}

/** Appends until `stop`, and repeats what was not acknowledged with the same keys, as producers do. */
async function produce(events: EventLog, producer: number, noted: Noted, stop: AbortSignal): Promise<void> {
  for (let call = 0; !stop.aborted; call++) {
    const batch = range(0, BATCH).map((n) => {
      const text = `${producer}-${call}-${n}`;
      return newEvent({ idempotencyKey: text, payload: JSON.stringify({ text, producer, call, n }) });
    });
    for (let done = false; !done;) {
      try {
        const answers = await events.append(batch, Date.now());
        answers.forEach((answer, n) => {
          if (answer.result === 'conflict') throw new Error('a key stands for something else');
          if (answer.result === 'repeated') noted.repeated++;
          noted.acknowledged.set(batch[n]!.idempotencyKey!, answer.offset);
        });
        done = true;
      } catch (error) {
        noted.errors.push(error);
      }
    }
  }
}

/** Delivers until `stop`: what was settled, in order. */
async function deliver(events: EventLog, noted: Noted, stop: AbortSignal): Promise<readonly string[]> {
  const settled: string[] = [];
  const taken = await events.acquire(PIPELINE, 'reader', TTL);
  for (let offset = taken!.offset; !stop.aborted;) {
    try {
      const batch = await events.read(PIPELINE, offset, { events: READ, bytes: 1e6 });
      if (batch.length === 0) continue;
      expect(batch[0]!.offset).toBe(offset);
      if (!(await events.commit(commitTo(taken!, offset + batch.length)))) throw new Error('somebody else reads');
      settled.push(...batch.map(({ payload }) => payload['text'] as string));
      offset += batch.length;
    } catch (error) {
      noted.errors.push(error);
    }
  }
  return settled;
}

/**
 * A proxy that at times breaks a connection when Redis has answered: what was asked for was done, and nobody is told. The
 * answer has four parts unless given: that of an append, in which one block was stored.
 */
async function lossyProxy(
  target: number,
  answer = '*4\r\n:1',
): Promise<{ readonly port: number; lose(): void; close(): Promise<void> }> {
  const sockets = new Set<Socket>();
  let losing = 0;
  const server = createServer((client) => {
    const redis = connect(target, '127.0.0.1');
    for (const socket of [client, redis]) {
      sockets.add(socket);
      socket.on('close', () => {
        sockets.delete(socket);
        client.destroy();
        redis.destroy();
      });
      // Its end says all there is to know.
      socket.on('error', () => {});
    }
    client.pipe(redis);
    redis.on('data', (data) => {
      if (losing > 0 && data.includes(answer)) {
        losing--;
        client.destroy();
      } else client.write(data);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    lose: () => losing++,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Produces and delivers while `disturb` is called a few times, then compares what was acknowledged with what is there. */
async function survives(url: string, disturb: () => Promise<void>): Promise<Noted> {
  const store = await openStore(url);
  const { events } = store;
  const noted: Noted = { acknowledged: new Map(), errors: [], repeated: 0 };
  const stop = new AbortController();
  const producers = range(0, PRODUCERS).map((n) => produce(events, n, noted, stop.signal));
  const delivering = deliver(events, noted, stop.signal);
  try {
    for (let n = 0; n < DISTURBANCES; n++) {
      const goal = noted.acknowledged.size + BETWEEN * BATCH;
      await expect.poll(() => noted.acknowledged.size, { timeout: 20_000, interval: 1 }).toBeGreaterThanOrEqual(goal);
      await disturb();
    }
    stop.abort();
    await Promise.all(producers);
    const settled = await delivering;

    const all = await readAll(events);
    const texts = all.map(({ payload }) => payload['text'] as string);
    expect(offsets(all)).toEqual(range(0, all.length));
    // Invariant 1: acknowledged means stored, and a key never makes two events.
    expect(new Set(texts).size).toBe(texts.length);
    for (const [text, offset] of noted.acknowledged) expect(texts[offset]).toBe(text);
    expect(noted.acknowledged.size).toBe(texts.length);
    for (const producer of range(0, PRODUCERS)) {
      const own = all.filter(({ payload }) => payload['producer'] === producer);
      const order = own.map(({ payload }) => (payload['call'] as number) * BATCH + (payload['n'] as number));
      expect(order).toEqual(order.toSorted((a, b) => a - b));
    }
    // Invariant 2: what was settled was read, in order, and stays settled; at most one commit was not answered at the end.
    expect(texts.slice(0, settled.length)).toEqual(settled);
    const { committed } = (await events.stats([PIPELINE], Date.now())).get(PIPELINE)!;
    expect(committed).toBeGreaterThanOrEqual(settled.length);
    expect(committed).toBeLessThanOrEqual(settled.length + READ);
    expect(noted.errors.length).toBeGreaterThan(0);
    expect(noted.errors.every((error) => error instanceof HeadgateError && error.code === 'unavailable')).toBe(true);
    return noted;
  } finally {
    stop.abort();
    await store.close();
  }
}

describe.skipIf(missing !== null)(`event log${missing === null ? '' : `: skipped, ${missing}`}`, () => {
  test(
    'kill -9 of Redis: what was acknowledged is there once, in order, and what was settled stays settled',
    { timeout: 60_000 },
    async () => {
      const redis = await startRedis({ appendfsync: 'always' });
      try {
        await survives(redis.fresh(), async () => {
          await redis.kill();
          await redis.restart();
        });
      } finally {
        await redis.stop();
      }
    },
  );

  test('answers that get lost: a repeated call finds its events by their keys', { timeout: 60_000 }, async () => {
    const redis = await startRedis({ appendfsync: 'no' });
    const proxy = await lossyProxy(redis.port);
    try {
      const noted = await survives(redis.fresh().replace(`:${redis.port}`, `:${proxy.port}`), async () => proxy.lose());
      expect(noted.repeated).toBeGreaterThan(0);
    } finally {
      await proxy.close();
      await redis.stop();
    }
  });

  test('the answer of a commit that gets lost: the same commit again is true, and changes nothing', async () => {
    const redis = await startRedis({ appendfsync: 'no' });
    const proxy = await lossyProxy(redis.port, ':1\r\n');
    const store = await openStore(redis.fresh().replace(`:${redis.port}`, `:${proxy.port}`));
    const { events } = store;
    try {
      await events.append(
        range(0, 10).map(() => newEvent()),
        1000,
      );
      const reader = (await events.acquire(PIPELINE, 'reader', TTL))!;
      const [, cancelled] = await events.read(PIPELINE, 0, ALL);
      await events.cancel(cancelled!.id, 'ada', 1000);
      const failed = [{ offset: 3, attempts: 1, error: { code: 'internal', message: 'no' } }] as const;
      const commit = commitTo(reader, 5, { failed, cancelled: [1] });
      proxy.lose();
      await expect(events.commit(commit)).rejects.toMatchObject({ code: 'unavailable' });
      expect(await events.commit({ ...commit, at: commit.at + 100 })).toBe(true);
      const figures = (await events.stats([PIPELINE], 1000)).get(PIPELINE);
      expect(figures).toMatchObject({ committed: 5, deadLetters: 1, committedAt: commit.at });
      // One that settles what is settled otherwise is refused all the same.
      const other = [{ ...failed[0], offset: 4 }];
      await expect(events.commit({ ...commit, failed: other })).rejects.toMatchObject({ code: 'internal' });
    } finally {
      await store.close();
      await proxy.close();
      await redis.stop();
    }
  });

  test('a Redis that comes back without what it acknowledged: new events at old offsets are delivered', async () => {
    const redis = await startRedis({ args: ['--appendonly', 'no'] });
    const store = await openStore(redis.fresh());
    const client = redis.client();
    const { events } = store;
    try {
      await events.append(newEvents(10), 1000);
      const reader = (await events.acquire(PIPELINE, 'reader', TTL))!;
      expect(await events.read(PIPELINE, 0, ALL)).toHaveLength(10);
      expect(await events.commit(commitTo(reader, 4))).toBe(true);
      await client.save();
      await events.append(newEvents(5), 2000);
      expect(offsets(await events.read(PIPELINE, 10, ALL))).toEqual(range(10, 15));
      expect(await events.renew([reader], TTL)).toEqual(new Set([PIPELINE]));
      await redis.kill();
      await redis.restart();

      expect(await events.append(newEvents(2), 3000)).toMatchObject([{ offset: 10 }, { offset: 11 }]);
      // This reader waits at 15, and would pass over them.
      expect(await events.renew([reader], TTL)).toEqual(new Set());
      expect(await events.commit(commitTo(reader, 10))).toBe(false);
      const again = (await events.acquire(PIPELINE, 'reader', TTL))!;
      expect(again.offset).toBe(4);
      const rest = await events.read(PIPELINE, 4, ALL);
      expect(offsets(rest)).toEqual(range(4, 12));
      expect(rest.at(-1)!.receivedAt).toBe(3000);

      // The same once more, with a commit that is lost and as many new events as there were.
      await client.save();
      expect(await events.commit(commitTo(again, 12))).toBe(true);
      await redis.kill();
      await redis.restart();
      await events.append(newEvents(20), 4000);
      expect(await events.commit(commitTo(again, 20))).toBe(false);
    } finally {
      client.disconnect();
      await store.close();
      await redis.stop();
    }
  });

  test('a full Redis refuses events, settles and prunes what it has, and then takes events again', async () => {
    const redis = await startRedis({
      appendfsync: 'no',
      args: ['--maxmemory', '8mb', '--maxmemory-policy', 'noeviction'],
    });
    const store = await openStore(redis.fresh());
    const { events } = store;
    try {
      const reader = (await events.acquire(PIPELINE, 'reader', TTL))!;
      const text = 'x'.repeat(20_000);
      let stored = 0;
      const refused = async (): Promise<unknown> => {
        for (; stored < 10_000; stored += 10) {
          const batch = range(0, 10).map((n) => newEvent({ payload: JSON.stringify({ n: stored + n, text }) }));
          try {
            await events.append(batch, 1000);
          } catch (error) {
            return error;
          }
        }
        return null;
      };
      expect(await refused()).toMatchObject({ code: 'store_full', retryable: true });
      // Nothing of the refused call is there.
      expect(offsets(await events.read(PIPELINE, 0, ALL))).toEqual(range(0, stored));
      expect(await events.renew([reader], TTL)).toEqual(new Set([PIPELINE]));
      const attempts = [
        {
          from: 0,
          to: stored,
          attempt: 1,
          destination: 'd',
          startedAt: 1,
          durationMs: 1,
          outcome: 'failed',
          revision: 'r',
        },
      ] as const;
      const failed = [{ offset: 3, attempts: 1, error: { code: 'internal', message: 'no' } }] as const;
      expect(await events.commit(commitTo(reader, stored, { attempts, failed }))).toBe(true);
      while ((await events.prune(PIPELINE, 2000, 0)).more);
      expect(await events.append([newEvent()], 3000)).toMatchObject([{ result: 'appended', offset: stored }]);
    } finally {
      await store.close();
      await redis.stop();
    }
  });
});
