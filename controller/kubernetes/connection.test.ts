import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { Cluster } from './cluster.ts';
import { configuration } from './configuration.ts';
import { POD } from './object-types.ts';
import type { WatchEvent } from './types.ts';

const folder = mkdtempSync(join(tmpdir(), 'headgate-connection-'));
const JSON_TYPE = { 'content-type': 'application/json' };
const never = new AbortController().signal;
let server: Server;
let url: string;
let asked: IncomingMessage[];
let answer: (request: IncomingMessage, response: ServerResponse) => void;
let cluster: Cluster | undefined;

beforeAll(async () => {
  server = createServer((request, response) => {
    asked.push(request);
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => cluster?.close());
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true });
});

function open(more: object = {}, fence?: () => AbortSignal): Cluster {
  asked = [];
  const clusters = [{ name: 'c', cluster: { server: url, 'insecure-skip-tls-verify': true, ...more } }];
  const contexts = [{ name: 'x', context: { cluster: 'c', user: 'u' } }];
  const users = [{ name: 'u', user: { token: 't' } }];
  const file = join(folder, 'config');
  writeFileSync(file, JSON.stringify({ clusters, contexts, users, 'current-context': 'x' }));
  cluster = new Cluster(
    configuration((config) => config.loadFromFile(file), 60_000),
    fence,
  );
  return cluster;
}
const pod = { namespace: 'n', name: 'p' };
const watch = (it: Cluster, onEvent: (event: WatchEvent) => void): Promise<void> =>
  it.watch(POD, { resourceVersion: '1', timeoutSeconds: 10, silenceMs: 10_000, signal: never }, onEvent);

test('a write asks the fence again when it goes out, and a read never', async () => {
  answer = (_request, response) => response.writeHead(200, JSON_TYPE).end('{}');
  let looks = 0;
  const ended = new Error('not any more');
  const fence = (): AbortSignal => {
    if (++looks > 1) throw ended;
    return never;
  };
  // A proxy has connections of another kind.
  for (const more of [{}, { 'proxy-url': url }]) {
    looks = 0;
    const it = open(more, fence);
    await it.get(POD, pod);
    expect(looks).toBe(0);
    await expect(it.patch(POD, pod, {}, { manager: 'm' })).rejects.toBe(ended);
    expect(looks).toBe(3);
    expect(asked.map(({ method }) => method)).toEqual(['GET']);
    await it.close();
    await it.close();
  }
});

test('a fence that stands lets writes through, whole and as what they are', async () => {
  const bodies: string[] = [];
  answer = (request, response) => {
    request.setEncoding('utf8').on('data', (text: string) => bodies.push(text));
    request.on('end', () => response.writeHead(200, JSON_TYPE).end('{"kind":"Pod"}'));
  };
  const it = open({}, () => never);
  expect(await it.patch(POD, pod, { metadata: { labels: { ä: '€' } } }, { manager: 'm' })).toEqual({ kind: 'Pod' });
  expect(bodies).toEqual(['{"metadata":{"labels":{"ä":"€"}}}']);
  expect(asked[0]).toMatchObject({ method: 'PATCH', url: '/api/v1/namespaces/n/pods/p?fieldManager=m' });
  expect(asked[0]!.headers).toMatchObject({
    'content-type': 'application/merge-patch+json',
    authorization: 'Bearer t',
    'user-agent': 'headgate',
  });
});

test('answers and refusals may be compressed', async () => {
  const status = { message: 'no such pod', reason: 'NotFound' };
  answer = (request, response) => {
    const gone = request.url!.endsWith('/none');
    response.writeHead(gone ? 404 : 200, { ...JSON_TYPE, 'content-encoding': 'gzip' });
    response.end(gzipSync(JSON.stringify(gone ? status : { kind: 'Pod', text: 'ä'.repeat(50_000) })));
  };
  const it = open();
  expect(await it.get(POD, pod)).toEqual({ kind: 'Pod', text: 'ä'.repeat(50_000) });
  expect(asked[0]!.headers['accept-encoding']).toBe('gzip');
  await expect(it.get(POD, { ...pod, name: 'none' })).rejects.toMatchObject({ reason: 'NotFound', httpStatus: 404 });
});

test('credentials are not sent on to where a redirect points', async () => {
  answer = (_request, response) => response.writeHead(302, { location: `${url}/elsewhere` }).end();
  await expect(open().get(POD, pod)).rejects.toMatchObject({ httpStatus: 302, retryable: false });
  expect(asked).toHaveLength(1);
});

test('an answer that breaks off is no answer, compressed or not', async () => {
  for (const head of [{}, { 'content-encoding': 'gzip' }]) {
    answer = (_request, response) => {
      response.writeHead(200, { ...JSON_TYPE, ...head, 'content-length': 1000 }).write('{"kind":');
      setImmediate(() => response.destroy());
    };
    await expect(open().create(POD, { apiVersion: 'v1', kind: 'Pod', metadata: pod })).rejects.toMatchObject({
      reason: 'Unreachable',
      retryable: true,
    });
    await cluster!.close();
  }
});

test('a watch that breaks off says so; what its listener throws is thrown', async () => {
  const event = JSON.stringify({ type: 'ADDED', object: { metadata: pod } });
  answer = (_request, response) => {
    response.writeHead(200, JSON_TYPE).write(`${event}\n`);
    setImmediate(() => response.destroy());
  };
  const seen: unknown[] = [];
  const it = open();
  await expect(watch(it, (one) => void seen.push(one))).rejects.toMatchObject({ reason: 'Unreachable' });
  expect(seen).toEqual([JSON.parse(event)]);
  expect(asked[0]!.headers['accept-encoding']).toBeUndefined();
  const mine = new Error('mine');
  await expect(
    watch(it, () => {
      throw mine;
    }),
  ).rejects.toBe(mine);
});
