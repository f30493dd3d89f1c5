import type { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { HeadgateError } from '../../../foundation/errors.ts';
import { testContext, type TestContext } from '../../../test/connector-context.ts';
import { redisMissing, startRedis, type RedisServer } from '../../../test/servers/redis.ts';
import type { IncomingEvent } from '../../ports.ts';
import { redisStream } from '../redis-stream.ts';
import type { ReadSettings } from './settings.ts';

const missing = await redisMissing();

interface Running {
  readonly events: IncomingEvent[];
  readonly context: TestContext;
  readonly ended: Promise<void>;
  readonly stop: () => Promise<void>;
}

describe.skipIf(missing !== null)(`redis-stream source${missing === null ? '' : ` (${missing})`}`, () => {
  let server: RedisServer;
  let redis: Redis;
  let stream: string;
  let count = 0;

  beforeAll(async () => {
    server = await startRedis();
    redis = server.client();
  });
  afterAll(async () => {
    redis.disconnect();
    await server.stop();
  });
  beforeEach(() => {
    stream = `s${++count}`;
  });

  /** Reads in the background; `push` keeps what comes, after whatever `before` does. */
  function start(read: Partial<ReadSettings> = {}, before: () => Promise<void> | void = () => undefined): Running {
    const abort = new AbortController();
    const context = testContext({ signal: abort.signal });
    const events: IncomingEvent[] = [];
    const settings = { url: server.url, read: { streams: [stream], block: '100ms', ...read } };
    const ended = redisStream.streamSource!(settings, context).run(async (batch) => {
      await before();
      events.push(...batch);
    });
    const stop = async (): Promise<void> => {
      abort.abort(new Error('stopped'));
      await ended;
    };
    return { events, context, ended, stop };
  }
  const pending = async (): Promise<number> => {
    const answer = (await redis.xpending(stream, 'headgate').catch(() => [-1])) as [number];
    return answer[0];
  };
  const seen = ({ events }: Running): Promise<unknown> =>
    expect.poll(() => events.length, { timeout: 5000 }).toBeGreaterThan(0);

  test('entries there before and after the start, acknowledged once they are taken', async () => {
    const id = await redis.xadd(stream, '*', 'a', '1', 'b', 'two');
    const running = start();
    await seen(running);
    await redis.xadd(stream, '*', 'a', '2');
    await expect.poll(() => running.events.length).toBe(2);
    await expect.poll(pending).toBe(0);
    await running.stop();
    expect(running.events[0]).toEqual({
      type: 'message',
      key: null,
      payload: { a: '1', b: 'two' },
      attributes: { stream, entry_id: id },
      idempotencyKey: `${stream}/${id}`,
    });
  });

  test('type, key and payload from fields; what is no JSON object is taken as it is, and the log says so', async () => {
    await redis.xadd(stream, '*', 'kind', 'order\n.created', 'who', 'ann', 'data', '{"n":12345678901234567890}');
    await redis.xadd(stream, '*', 'who', '', 'data', '[1]');
    await redis.xadd(stream, '*', 'data', '{"n":');
    const read = { type: 'other', typeField: 'kind', keyField: 'who', payloadField: 'data' };
    const running = start(read);
    await expect.poll(() => running.events.length).toBe(3);
    await running.stop();
    expect(running.events).toMatchObject([
      { type: 'order\ufffd.created', key: 'ann', payload: { n: 12_345_678_901_234_567_890n } },
      { type: 'other', key: null, payload: { who: '', data: '[1]' } },
      { type: 'other', key: null, payload: { data: '{"n":' } },
    ]);
    expect(running.context.lines.join()).toMatch(/2 entries have no JSON object that can be taken in the field 'data'/);
  });

  test('a JSON object of any depth does not stop those behind it', async () => {
    const deep = `{"a":${'['.repeat(50_000)}${']'.repeat(50_000)}}`;
    await redis.xadd(stream, '*', 'data', deep);
    await redis.xadd(stream, '*', 'data', '{"n":1}');
    const running = start({ payloadField: 'data' });
    await expect.poll(() => running.events.length, { timeout: 5000 }).toBe(2);
    await expect.poll(pending).toBe(0);
    await running.stop();
    expect(running.events.map(({ payload }) => payload)).toEqual([{ data: deep }, { n: 1 }]);
  });

  test('several streams, and only what is new', async () => {
    const other = `${stream}-other`;
    await redis.xadd(stream, '*', 'n', 'old');
    const running = start({ streams: [stream, other], start: '$' });
    await expect.poll(async () => ((await redis.xinfo('GROUPS', other).catch(() => [])) as []).length).toBe(1);
    await redis.xadd(stream, '*', 'n', '1');
    await redis.xadd(other, '*', 'n', '2');
    await expect.poll(() => running.events.length).toBe(2);
    await running.stop();
    expect(new Set(running.events.map(({ payload }) => payload['n']))).toEqual(new Set(['1', '2']));
  });

  test('what could not be taken stays, and comes again in order', async () => {
    for (const n of ['1', '2', '3']) await redis.xadd(stream, '*', 'n', n);
    let failures = 2;
    const running = start({ count: 2 }, () => {
      if (failures-- > 0) throw new HeadgateError('unavailable', 'the log is away', { retryable: true });
    });
    await expect.poll(() => running.events.length, { timeout: 5000 }).toBe(3);
    await expect.poll(pending).toBe(0);
    await running.stop();
    expect(running.events.map(({ payload }) => payload['n'])).toEqual(['1', '2', '3']);
  });

  test('stopped while the log takes a batch: it is not acknowledged, and the next reader gets it', async () => {
    await redis.xadd(stream, '*', 'n', '1');
    const { promise, resolve } = Promise.withResolvers<void>();
    const stuck = start({}, async () => {
      resolve();
      await new Promise((_resolve, reject) => {
        stuck.context.signal.addEventListener('abort', () => reject(new Error('stopped')));
      });
    });
    await promise;
    await stuck.stop();
    expect(await pending()).toBe(1);
    const next = start();
    await seen(next);
    await next.stop();
    expect(next.events[0]!.payload).toEqual({ n: '1' });
    expect(await pending()).toBe(0);
  });

  test('entries that a dead consumer was given are taken over; those deleted meanwhile are settled', async () => {
    await redis.xgroup('CREATE', stream, 'headgate', '0', 'MKSTREAM');
    for (const n of ['1', '2']) await redis.xadd(stream, '*', 'n', n);
    const gone = await redis.xadd(stream, '*', 'n', '3');
    await redis.xreadgroup('GROUP', 'headgate', 'dead', 'COUNT', 10, 'STREAMS', stream, '>');
    await redis.xdel(stream, gone!);
    const running = start({ claimIdle: '10ms' });
    await expect.poll(() => running.events.length, { timeout: 5000 }).toBe(2);
    await expect.poll(pending).toBe(0);
    await running.stop();
  });

  test('a stream that is deleted is made again, and nothing new is missed', async () => {
    await redis.xadd(stream, '*', 'n', '1');
    const running = start({ start: '$' });
    await expect.poll(async () => ((await redis.xinfo('GROUPS', stream).catch(() => [])) as []).length).toBe(1);
    await redis.del(stream);
    await redis.xadd(stream, '*', 'n', '2');
    await seen(running);
    await running.stop();
    expect(running.events.map(({ payload }) => payload['n'])).toEqual(['2']);
  });

  test('killed and back: it goes on by itself', async () => {
    const running = start();
    await redis.xadd(stream, '*', 'n', '1');
    await seen(running);
    await server.kill();
    await expect.poll(() => running.context.lines.length, { timeout: 5000 }).toBeGreaterThan(0);
    await server.restart();
    redis.disconnect();
    redis = server.client();
    await redis.xadd(stream, '*', 'n', '2');
    await expect.poll(() => running.events.length, { timeout: 10_000 }).toBe(2);
    await running.stop();
  });

  test('an entry larger than an event stays with the group', async () => {
    await redis.xadd(stream, '*', 'n', 'x'.repeat(300_000));
    await redis.xadd(stream, '*', 'n', 'small');
    const running = start();
    await seen(running);
    await expect.poll(pending).toBe(1);
    await running.stop();
    expect(running.events).toHaveLength(1);
    expect(running.context.lines.join()).toMatch(/^error entry .* is larger than an event may be/);
  });

  test('a key that holds something else ends it with an error', async () => {
    await redis.set(stream, 'no stream');
    await expect(start().ended).rejects.toMatchObject({ code: 'source_failed', retryable: false });
  });
});
