/** Streams in Pods: real processes, told what to do by the store alone, on SQLite and on Redis. */
import { createServer, type Server, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import { createServer as createPort, type AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Handover } from '../controller/runners/handover.ts';
import { streamStateBlob, type StreamReport } from '../runner/handed.ts';
import { pods, type Pods } from './pods.ts';
import { eventually } from './server.ts';
import { redisMissing, startRedis, type RedisServer } from './servers/redis.ts';
import { PIPELINE, streamLab, type StreamLab, type StreamOptions } from './streams.ts';

const NEVER = new AbortController().signal;
const missing = await redisMissing();

/** Takes events, and notes who sent them with which token. */
interface Receiver {
  readonly url: string;
  readonly numbers: number[];
  readonly tokens: (string | undefined)[];
  /** Requests are answered only once this is called, until then they wait. */
  hold(): () => void;
  status: number;
  close(): void;
}

async function receiver(): Promise<Receiver> {
  const numbers: number[] = [];
  const tokens: (string | undefined)[] = [];
  let waiting: ServerResponse[] | null = null;
  const server: Server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      if (it.status === 204) {
        for (const line of body.split('\n')) if (line !== '') numbers.push((JSON.parse(line) as { n: number }).n);
        tokens.push(request.headers.authorization);
      }
      response.writeHead(it.status);
      if (waiting === null) response.end();
      else waiting.push(response);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const it: Receiver = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    numbers,
    tokens,
    status: 204,
    hold: () => {
      waiting = [];
      return () => {
        const late = waiting ?? [];
        waiting = null;
        for (const response of late) response.end();
      };
    },
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
  return it;
}

async function freePort(): Promise<number> {
  const server = createPort();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

let lab: StreamLab;
let cluster: Pods;
let handover: Handover;
let to: Receiver;

async function setUp(url?: string): Promise<void> {
  lab = await streamLab(url);
  cluster = await pods(url ?? `sqlite:${lab.dataDir}/headgate.db`);
  handover = new Handover({ blobs: lab.store.blobs, clock: Date.now });
  to = await receiver();
}
async function tearDown(): Promise<void> {
  await cluster.dispose();
  to.close();
  await lab.close();
}

const hand = (over: Partial<StreamOptions> = {}, settings: Record<string, unknown> = {}): Promise<string> =>
  handover.stream(
    lab.assignment({
      destinations: [
        { connector: 'http', settings: { url: to.url, write: { per: 'batch', body: 'ndjson' }, ...settings } },
      ],
      ...over,
    }),
    'hash-1',
    NEVER,
  );

async function report(pod: string): Promise<StreamReport | null> {
  const bytes = await lab.store.blobs.get(streamStateBlob(PIPELINE, pod), Date.now());
  return bytes === null ? null : (JSON.parse(Buffer.from(bytes).toString()) as StreamReport);
}
const says = (pod: string, state: StreamReport['state'], timeoutMs?: number): Promise<StreamReport> =>
  eventually(
    `${pod} says ${state}`,
    async () => {
      const told = await report(pod);
      return told?.state === state ? told : null;
    },
    timeoutMs,
  );
const upTo = (count: number): number[] => Array.from({ length: count }, (_, n) => n);

function suite(url: () => string | undefined): void {
  beforeEach(() => setUp(url()));
  afterEach(tearDown);

  test('a Pod delivers, tells how it is, answers probes, and takes its report back at its end', async () => {
    const port = await freePort();
    const probe = async (path: string): Promise<number> =>
      (await fetch(`http://127.0.0.1:${port}${path}`).catch(() => null))?.status ?? 0;
    await lab.append(250);
    const pod = await cluster.start('pod-a', await hand(), { HEADGATE_HEALTH_PORT: String(port) });
    await lab.settled(250);
    expect(to.numbers).toEqual(upTo(250));
    expect(await says('pod-a', 'running')).toEqual({
      state: 'running',
      hash: 'hash-1',
      since: expect.any(Number) as number,
    });
    expect(await probe('/ready')).toBe(200);
    expect(await probe('/live')).toBe(200);
    expect(await probe('/other')).toBe(404);

    to.status = 503;
    await lab.append(1, 250);
    expect((await says('pod-a', 'waiting')).error?.message).toContain('503');
    to.status = 204;
    await says('pod-a', 'running', 40_000);
    await lab.settled(251);

    pod.child.kill('SIGTERM');
    expect(await pod.ended, pod.log()).toBe(0);
    expect(await report('pod-a')).toBeNull();
  }, 60_000);

  test('a report lives on while the Pod does, and runs out when it is killed', async () => {
    const pod = await cluster.start('pod-a', await hand());
    const first = await says('pod-a', 'running');
    const entry = async () => (await lab.store.blobs.list('stream-state/', Date.now()))[0];
    const before = (await entry())!.expiresAt;
    expect(before - Date.now()).toBeLessThanOrEqual(30_000);
    await eventually('the report to be renewed', async () => ((await entry())?.expiresAt ?? 0) > before, 20_000);
    expect(await report('pod-a')).toEqual(first);
    pod.child.kill('SIGKILL');
    await pod.ended;
    expect(await report('pod-a')).not.toBeNull();
    const late = (await entry())!.expiresAt;
    expect(await lab.store.blobs.get(streamStateBlob(PIPELINE, 'pod-a'), late)).toBeNull();
  }, 60_000);

  test('SIGTERM: what is under way is delivered and committed, and the next Pod goes on at once', async () => {
    await lab.append(30);
    const first = await cluster.start('pod-a', await hand({ batch: { size: 10 }, leaseMs: 60_000 }));
    await lab.settled(30);
    const second = await cluster.start('pod-b', await hand({ batch: { size: 10 }, leaseMs: 60_000 }));
    await says('pod-b', 'standby');
    const release = to.hold();
    await lab.append(30, 30);
    await eventually('a batch to be under way', async () => to.numbers.length > 30);
    first.child.kill('SIGTERM');
    await eventually('it to drain', async () => (await report('pod-a'))?.state === 'draining');
    release();
    expect(await first.ended, first.log()).toBe(0);
    // The lease of a minute was given back.
    await says('pod-b', 'running', 15_000);
    await lab.settled(60);
    // Not one of them came twice.
    expect(to.numbers).toEqual(upTo(60));
    second.child.kill('SIGTERM');
    expect(await second.ended).toBe(0);
  }, 60_000);

  test('of two Pods one delivers; when it is killed the other one goes on, with nothing lost and in order', async () => {
    const name = await hand({ batch: { size: 5 }, leaseMs: 3000 });
    const both = [await cluster.start('pod-a', name), await cluster.start('pod-b', name)];
    await eventually('one to deliver and one to stand by', async () => {
      const states = [(await report('pod-a'))?.state, (await report('pod-b'))?.state];
      return states.includes('running') && states.includes('standby');
    });
    const [active, standby] = (await report('pod-a'))?.state === 'running' ? both : [...both].reverse();
    let appended = 0;
    const append = async (): Promise<void> => {
      await lab.append(20, appended);
      appended += 20;
    };
    for (let round = 0; round < 10; round++) await append();
    await eventually('the first to deliver', async () => to.numbers.length >= 40);
    active!.child.kill('SIGKILL');
    for (let round = 0; round < 10; round++) await append();
    await lab.settled(400, PIPELINE, 30_000);
    // What the killed one had brought and not committed came again; the order is that of the log.
    expect([...new Set(to.numbers)]).toEqual(upTo(400));
    expect(to.numbers.length - 400).toBeLessThanOrEqual(5);
    standby!.child.kill('SIGTERM');
    expect(await standby!.ended).toBe(0);
  }, 60_000);

  test('a stream starts again with the new value of a secret, and loses nothing', async () => {
    await cluster.secret('sink', 'token', 'first-value');
    await lab.append(10);
    const pod = await cluster.start('pod-a', await hand({}, { auth: { bearer: { token: '${secret:sink/token}' } } }));
    await lab.settled(10);
    await cluster.secret('sink', 'token', 'other-value');
    await eventually('the change to be seen', async () => pod.log().includes('a secret has changed'), 20_000);
    await lab.append(10, 10);
    await lab.settled(20);
    expect(to.numbers).toEqual(upTo(20));
    expect(to.tokens.at(0)).toBe('Bearer first-value');
    expect(to.tokens.at(-1)).toBe('Bearer other-value');
    expect(pod.log()).not.toMatch(/(first|other)-value/);
    expect((await says('pod-a', 'running')).hash).toBe('hash-1');
  }, 60_000);

  test('a missing secret stalls the stream and is named; once it is there, it delivers', async () => {
    await lab.append(3);
    await cluster.start('pod-a', await hand({}, { auth: { bearer: { token: '${secret:sink/token}' } } }));
    expect((await says('pod-a', 'stalled')).error?.message).toBe('secret sink/token is not there');
    await cluster.secret('sink', 'token', 'first-value');
    await lab.settled(3, PIPELINE, 25_000);
    expect(to.numbers).toEqual(upTo(3));
  }, 60_000);
}

describe('streams in Pods on SQLite', () => suite(() => undefined));

describe.skipIf(missing !== null)(`streams in Pods on Redis${missing === null ? '' : `: skipped, ${missing}`}`, () => {
  let redis: RedisServer;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis?.stop());
  describe('as on SQLite', () => suite(() => redis.fresh()));

  test('a store that restarts is waited for, and the stream goes on', async () => {
    await setUp(redis.fresh());
    try {
      await lab.append(5);
      const pod = await cluster.start('pod-a', await hand());
      await lab.settled(5);
      await redis.kill();
      await new Promise((resolve) => setTimeout(resolve, 1000));
      await redis.restart();
      await lab.append(5, 5);
      await lab.settled(10, PIPELINE, 40_000);
      expect([...new Set(to.numbers)]).toEqual(upTo(10));
      await says('pod-a', 'running', 40_000);
      pod.child.kill('SIGTERM');
      expect(await pod.ended, pod.log()).toBe(0);
    } finally {
      await tearDown();
    }
  }, 90_000);
});
