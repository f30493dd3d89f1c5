import type { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { testContext } from '../../../test/connector-context.ts';
import { redisMissing, startRedis, type RedisServer } from '../../../test/servers/redis.ts';
import type { Row, StreamRecord, StreamWriter } from '../../ports.ts';
import { redisStream } from '../redis-stream.ts';

const missing = await redisMissing();
const never = new AbortController().signal;
const record = (row: Row, index = 0): StreamRecord => ({
  row,
  event: { id: `ev_${index}`, type: 'order.created', key: null, receivedAt: 0, replay: null },
});
const records = (rows: readonly Row[]): StreamRecord[] => rows.map(record);

describe.skipIf(missing !== null)(`redis-stream destination${missing === null ? '' : ` (${missing})`}`, () => {
  let server: RedisServer;
  let redis: Redis;
  let stream: string;
  let count = 0;

  beforeAll(async () => {
    server = await startRedis({ password: 'redis-s3cret' });
    redis = server.client();
  });
  afterAll(async () => {
    redis.disconnect();
    await server.stop();
  });
  beforeEach(() => {
    stream = `s${++count}`;
  });

  async function writing<T>(settings: object, work: (writer: StreamWriter) => Promise<T>): Promise<T> {
    const destination = redisStream.destination!({ url: server.url, ...settings }, testContext());
    const request = { stream, mode: 'append' as const, key: [], include: [], pipelineId: 'pl_1' };
    const writer = await destination.stream!(request);
    try {
      return await work(writer);
    } finally {
      await writer.close();
      await writer.close();
    }
  }
  const write = (rows: readonly Row[], settings: object = {}) =>
    writing(settings, (writer) => writer.write(records(rows), never));
  const fields = async (): Promise<string[][]> => (await redis.xrange(stream, '-', '+')).map(([, found]) => found);

  test('records as JSON, with the id and type of their events', async () => {
    expect(await write([{ n: 12_345_678_901_234_567_890n, t: 'Grüße 🌍\n' }, {}])).toEqual({ failed: [] });
    expect(await fields()).toEqual([
      ['data', '{"n":12345678901234567890,"t":"Grüße 🌍\\n"}', 'event_id', 'ev_0', 'event_type', 'order.created'],
      ['data', '{}', 'event_id', 'ev_1', 'event_type', 'order.created'],
    ]);
  });

  test('flat records; one without fields is refused, and the rest is there', async () => {
    const result = await write([{ a: 'x', b: 1, c: null, d: { e: [true] } }, {}, { a: null }, { a: '' }], {
      write: { form: 'flat' },
    });
    expect(result.failed.map(({ index, retryable }) => [index, retryable])).toEqual([
      [1, false],
      [2, false],
    ]);
    expect(await fields()).toEqual([
      ['a', 'x', 'b', '1', 'd', '{"e":[true]}'],
      ['a', ''],
    ]);
  });

  test('the stream is kept short', async () => {
    await writing({ write: { maxLength: 100 } }, async (writer) => {
      const batch = records(Array.from({ length: 500 }, (_, id) => ({ id })));
      for (let round = 0; round < 4; round++) await writer.write(batch, never);
    });
    expect(await redis.xlen(stream)).toBeLessThan(500);
    expect((await fields()).at(-1)![1]).toBe('{"id":499}');
  });

  test('killed and back: unreachable, then it goes on', async () => {
    await writing({}, async (writer) => {
      await writer.write(records([{ id: 1 }]), never);
      await server.kill();
      for (let time = 0; time < 2; time++) {
        await expect(writer.write(records([{ id: 2 }]), never)).rejects.toMatchObject({
          code: 'destination_unreachable',
          retryable: true,
        });
      }
      await server.restart();
      expect(await writer.write(records([{ id: 2 }]), never)).toEqual({ failed: [] });
    });
    redis.disconnect();
    redis = server.client();
    expect(await fields()).toHaveLength(2);
  });

  test('writes at the same time share one connection, also a new one', async () => {
    const ours = async (): Promise<number> =>
      String(await redis.client('LIST'))
        .split('\n')
        .filter((line) => line.includes('name=headgate ')).length;
    await writing({}, async (writer) => {
      const several = () => Promise.all([1, 2, 3].map((id) => writer.write(records([{ id }]), never)));
      await several();
      expect(await ours()).toBe(1);
      await redis.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
      await expect.poll(ours).toBe(0);
      await several();
      expect(await ours()).toBe(1);
    });
    await expect.poll(ours).toBe(0);
    expect(await fields()).toHaveLength(6);
  });

  test('out of memory, and a replica: unreachable, with nothing of the batch there', async () => {
    await write([{ id: 1 }]);
    await redis.config('SET', 'maxmemory', '1');
    await expect(write([{ id: 2 }, { id: 3 }])).rejects.toMatchObject({
      code: 'destination_unreachable',
      message: expect.stringContaining('OOM') as string,
    });
    await redis.config('SET', 'maxmemory', '0');
    await redis.call('REPLICAOF', '127.0.0.1', '1');
    await expect(write([{ id: 2 }])).rejects.toMatchObject({ code: 'destination_unreachable' });
    await redis.call('REPLICAOF', 'NO', 'ONE');
    expect(await fields()).toHaveLength(1);
  });

  test('a wrong password and a key of another kind: failed, without secrets', async () => {
    const settings = { url: undefined, host: server.host, port: server.port, password: 'wrong-s3cret' };
    const failure: Error = await write([{ id: 1 }], settings).then(
      () => expect.unreachable(),
      (error: Error) => error,
    );
    expect(failure).toMatchObject({ code: 'destination_failed', retryable: false });
    expect(failure.message).not.toContain('s3cret');
    await redis.set(stream, 'no stream');
    await expect(write([{ id: 1 }])).rejects.toMatchObject({ code: 'destination_failed', retryable: false });
  });

  test('a server that hangs is waited for no longer than the settings say, and an abort ends the wait', async () => {
    await writing({ timeout: '200ms' }, async (writer) => {
      await writer.write(records([{ id: 1 }]), never);
      await redis.call('CLIENT', 'PAUSE', '10000', 'WRITE');
      await expect(writer.write(records([{ id: 2 }]), never)).rejects.toMatchObject({
        code: 'destination_unreachable',
      });
    });
    await writing({}, async (writer) => {
      const abort = new AbortController();
      const outcome = expect(writer.write(records([{ id: 3 }]), abort.signal)).rejects.toThrow('stopped');
      abort.abort(new Error('stopped'));
      await outcome;
    });
    await redis.call('CLIENT', 'UNPAUSE');
    expect(await write([{ id: 4 }])).toEqual({ failed: [] });
  });
});
