import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { redisMissing, startRedis, type RedisServer, type RedisServerOptions } from '../../test/servers/redis.ts';
import { openStore } from '../open.ts';
import type { Store } from '../ports.ts';
import { newRun, syncRecord } from '../suites/samples.ts';
import { openRedis } from './open.ts';

const missing = await redisMissing();

describe.skipIf(missing !== null)(`a Redis that fails${missing === null ? '' : `: skipped, ${missing}`}`, () => {
  const ends: (() => unknown)[] = [];
  beforeEach(() => void ends.splice(0));
  afterEach(async () => {
    for (const end of ends.splice(0).toReversed()) await end();
  });

  const server = async (options: RedisServerOptions = {}): Promise<RedisServer> => {
    const started = await startRedis(options);
    ends.push(() => started.stop());
    return started;
  };
  const open = async (url: string): Promise<Store> => {
    const store = await openStore(url);
    ends.push(() => store.close());
    return store;
  };
  const connect = async (url: string, waitMs: number) => {
    const opened = await openRedis(url, { waitMs });
    ends.push(() => opened.redis.close());
    return opened;
  };
  /** The server's own settings and state, through a connection of its own. */
  const admin = async (redis: RedisServer, ...command: [string, ...string[]]): Promise<unknown> => {
    const client = redis.client();
    try {
      return await client.call(...command);
    } finally {
      client.disconnect();
    }
  };

  test('a wrong password, and none, are told at once and without the password', async () => {
    const { url } = await server({ password: 'right/one' });
    const wrong = openStore(url.replace('right%2Fone', 'hunter2'));
    await expect(wrong).rejects.toMatchObject({ code: 'unavailable', retryable: false });
    await expect(wrong).rejects.toThrow(/refuses the user or the password/);
    await expect(wrong).rejects.not.toThrow(/hunter2/);
    await expect(openStore(url.replace(':right%2Fone@', ''))).rejects.toThrow(/asks for a password/);
    const cluster = openStore(`${url.replace('right%2Fone', 'hunter2')}?cluster=true`);
    await expect(cluster).rejects.toThrow(/refuses the user or the password/);
    await (await open(url)).check();
  });

  test('nobody there is unavailable after a bounded wait', async () => {
    const redis = await server();
    await redis.kill();
    const began = performance.now();
    await expect(openRedis(redis.url, { waitMs: 200 })).rejects.toMatchObject({ code: 'unavailable', retryable: true });
    expect(performance.now() - began).toBeLessThan(5000);
  });

  test('while it is down calls wait a bounded time; once it is back they work again, without anybody doing anything', async () => {
    const redis = await server();
    const { redis: impatient } = await connect(redis.url, 100);
    const store = await open(redis.fresh());
    await store.runs.create(newRun({ id: 'run_1' }));
    await redis.kill();
    await expect(impatient.read((client) => client.get('key'))).rejects.toMatchObject({ code: 'unavailable' });
    const waiting = store.runs.get('run_1');
    await redis.restart();
    expect(await waiting).toMatchObject({ id: 'run_1' });
    await vi.waitFor(() => impatient.read((client) => client.get('key')), { timeout: 10_000 });
  });

  test('listeners are called after a reconnection, since messages may have been missed', async () => {
    const redis = await server();
    const store = await open(redis.fresh());
    const listener = vi.fn();
    store.runs.watch(listener);
    await vi.waitFor(() => expect(listener).toHaveBeenCalledOnce(), { timeout: 5000 });
    await redis.kill();
    await redis.restart();
    await vi.waitFor(() => expect(listener.mock.calls.length).toBeGreaterThan(1), { timeout: 10_000 });
    const calls = listener.mock.calls.length;
    await store.runs.create(newRun());
    await vi.waitFor(() => expect(listener.mock.calls.length).toBeGreaterThan(calls), { timeout: 250 });
  });

  test('memory that has run out is store_full: nothing is half done, reading works, and it goes on by itself', async () => {
    const redis = await server();
    const { runs } = await open(redis.fresh());
    await runs.create(newRun({ id: 'run_1' }));
    await admin(redis, 'CONFIG', 'SET', 'maxmemory', '1');
    const refused = runs.createScheduled('pl_orders', [newRun({ id: 'run_2' })], null, 5);
    await expect(refused).rejects.toMatchObject({ code: 'store_full', retryable: true });
    expect(await runs.count({})).toBe(1);
    expect(await runs.scheduleCursors()).toEqual(new Map());
    await admin(redis, 'CONFIG', 'SET', 'maxmemory', '0');
    expect(await runs.createScheduled('pl_orders', [newRun({ id: 'run_2' })], null, 5)).toBe(1);
  });

  test('a full Redis keeps the blobs that are in use: what streams are told, and say of themselves', async () => {
    const redis = await server();
    const { blobs } = await open(redis.fresh());
    const now = Date.now();
    await blobs.put('stream/pl_a/h1', Buffer.from('a'), now + 60_000);
    await admin(redis, 'CONFIG', 'SET', 'maxmemory', '1');
    expect(await blobs.touch(['stream/pl_a/h1'], now + 120_000, now)).toEqual(new Set(['stream/pl_a/h1']));
    expect(await blobs.get('stream/pl_a/h1', now + 119_000)).not.toBeNull();
  });

  test('a replica is waited for, as in a failover, and then it is unavailable', async () => {
    const redis = await server();
    const { redis: impatient } = await connect(redis.url, 100);
    const { runs } = await open(redis.fresh());
    await admin(redis, 'REPLICAOF', '127.0.0.1', '1');
    const refused = impatient.write((client) => client.set('key', 1));
    await expect(refused).rejects.toMatchObject({ code: 'unavailable', retryable: true });
    const waiting = runs.create(newRun({ id: 'run_1' }));
    await admin(redis, 'REPLICAOF', 'NO', 'ONE');
    expect((await waiting).created).toBe(true);
  });

  test('calls that wait end when the store is closed', async () => {
    const redis = await server();
    const store = await open(redis.fresh());
    await redis.kill();
    const waiting = store.runs.count({});
    await store.close();
    await expect(waiting).rejects.toMatchObject({ code: 'unavailable' });
    await expect(store.runs.count({})).rejects.toThrow(/is closed/);
  });

  test('a change through another connection is told within the contract of `watch`', async () => {
    const url = (await server()).fresh();
    const [own, other] = [await open(url), await open(url)];
    const [runs, syncs] = [vi.fn(), vi.fn()];
    own.runs.watch(runs);
    own.syncs.watch(syncs);
    // Each is called once when its subscription is there.
    for (const listener of [runs, syncs]) await vi.waitFor(() => expect(listener).toHaveBeenCalledOnce());
    await other.runs.create(newRun());
    await vi.waitFor(() => expect(runs).toHaveBeenCalledTimes(2), { timeout: 250, interval: 5 });
    expect(syncs).toHaveBeenCalledOnce();
    await other.syncs.record(syncRecord());
    await vi.waitFor(() => expect(syncs).toHaveBeenCalledTimes(2), { timeout: 250, interval: 5 });
  });

  test('what another program wrote there is store_corrupt; the form of a newer Headgate is store_newer', async () => {
    const redis = await server();
    const { runs } = await open(`${redis.url}?prefix=mine`);
    await runs.create(newRun({ id: 'run_1' }));
    await admin(redis, 'HSET', 'mine:{runs}:run:run_1', 'variables', 'no json');
    await expect(runs.get('run_1')).rejects.toMatchObject({ code: 'store_corrupt' });
    await admin(redis, 'SET', 'mine:{schema}', '2');
    await expect(openStore(`${redis.url}?prefix=mine`)).rejects.toMatchObject({ code: 'store_newer' });
  });

  test('scripts that the server has forgotten are sent again', async () => {
    const redis = await server();
    const { runs } = await open(redis.fresh());
    await runs.create(newRun({ id: 'run_1' }));
    await admin(redis, 'SCRIPT', 'FLUSH');
    expect((await runs.create(newRun({ id: 'run_1' }))).created).toBe(false);
  });

  test('settings that may lose something are warned of; a user who may not ask gets that as a warning', async () => {
    const safe = await server();
    expect((await open(safe.url)).warnings).toEqual([]);
    const unsafe = await server({ appendfsync: 'everysec', args: ['--maxmemory-policy', 'allkeys-lru'] });
    expect((await open(unsafe.url)).warnings).toEqual([
      expect.stringContaining('appendfsync is everysec'),
      expect.stringContaining('maxmemory-policy is allkeys-lru'),
    ]);
    const rights = ['~headgate:*', '&headgate:*', '+@all', '-@dangerous', '+info'];
    await admin(safe, 'ACL', 'SETUSER', 'headgate', 'on', '>pw', ...rights);
    const limited = await open(safe.url.replace('redis://', 'redis://headgate:pw@'));
    expect(limited.warnings).toEqual([expect.stringContaining('could not be checked')]);
    expect((await limited.runs.create(newRun())).created).toBe(true);
  });
});
