/**
 * Destinations that are away for a long time in every way they can be, on one host process with a pipeline that is well: that one
 * goes on undisturbed, memory and work stay bounded, and all is delivered when they are back.
 */
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { startHttpServer, type Behaviour, type TestHttpServer } from '../servers/http.ts';
import { reset, silence, text } from '../servers/http-behaviours.ts';
import { hostProcess, streamLab, type HostProcess, type StreamLab } from '../streams.ts';

const DOWN_MS = 45_000;
const EVENTS = 20_000;

let lab: StreamLab;
let server: TestHttpServer;
let host: HostProcess;
const taken = new Map<string, number[]>();
beforeEach(async () => {
  lab = await streamLab();
  server = await startHttpServer();
  host = hostProcess();
  taken.clear();
});
afterEach(async () => {
  host.child.kill('SIGKILL');
  await host.ended;
  await server.close();
  await lab.close();
});

const ok = text('', {}, 204);
const taking: Behaviour = (request, response) => {
  const own = taken.get(request.path) ?? [];
  taken.set(request.path, own);
  for (const line of request.body.split('\n')) if (line !== '') own.push((JSON.parse(line) as { n: number }).n);
  return ok(request, response);
};
/** Closes the connection after bytes that are no HTTP. */
const garbage: Behaviour = (_request, response) => void response.socket?.end('\0\0garbage\r\n\r\n');
/** Takes everything, but slowly. */
const slow: Behaviour = (request, response) => void setTimeout(() => void taking(request, response), 1000);

const AWAY: Readonly<Record<string, Behaviour>> = {
  '/500': text('oh', {}, 500),
  '/503': text('', {}, 503),
  '/429': text('', { 'retry-after': '1' }, 429),
  '/garbage': garbage,
  '/silence': silence(),
  '/reset': reset(),
  '/slow': slow,
};

/** Of the host process: resident memory in MB, and processor time in seconds. */
const memory = (): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${host.child.pid}/status`, 'utf8'))![1]) / 1024;
const processor = (): number => {
  const fields = readFileSync(`/proc/${host.child.pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
};

it.skipIf(process.platform !== 'linux')('long outages disturb nobody and lose nothing', async () => {
  const idOf = (path: string): string => `pl_${path.slice(1)}`;
  const paths = Object.keys(AWAY);
  for (const path of [...paths, '/well']) {
    server.on(path, AWAY[path] ?? taking);
    const settings = { url: server.url, timeout: '2s', write: { per: 'batch', body: 'ndjson' } };
    const assignment = lab.assignment({
      id: idOf(path),
      destinations: [{ connector: 'http', settings, stream: path.slice(1) }],
      batch: { size: 500 },
      retry: { attempts: 3, initial: 200, max: 2000, jitter: true },
    });
    host.send({ type: 'start', assignment, hash: path });
  }
  const filler = 'x'.repeat(1000);
  const append = (path: string, count: number, from: number): Promise<unknown> =>
    lab.append(count, from, (n) => ({ pipelineId: idOf(path), payload: JSON.stringify({ n, filler }) }));
  for (let from = 0; from < EVENTS; from += 1000) for (const path of paths) await append(path, 1000, from);

  const end = performance.now() + DOWN_MS;
  let well = 0;
  let latest = 0;
  let settledMemory = 0;
  let since = processor();
  while (performance.now() < end) {
    await append('/well', 10, well);
    well += 10;
    const at = performance.now();
    await lab.settled(well, idOf('/well'), 5000);
    latest = Math.max(latest, performance.now() - at);
    if (settledMemory === 0 && end - performance.now() < DOWN_MS / 2) {
      settledMemory = memory();
      since = processor();
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  // Ten events a time never wait for those that are away.
  expect(latest).toBeLessThan(3000);
  expect(memory() - settledMemory).toBeLessThan(64);
  expect(memory()).toBeLessThan(600);
  expect((processor() - since) / (DOWN_MS / 2000)).toBeLessThan(0.5);
  for (const path of paths.filter((each) => each !== '/slow')) expect(taken.get(path) ?? []).toEqual([]);

  for (const path of paths) server.on(path, taking);
  for (const path of paths) await lab.settled(EVENTS, idOf(path), 60_000);
  for (const path of paths) {
    const all = Array.from({ length: EVENTS }, (_, n) => n);
    // A request whose answer came too late is made again.
    expect([...new Set(taken.get(path))].sort((a, b) => a - b)).toEqual(all);
    expect(host.said.state(idOf(path))?.state).toBe('running');
  }
  const failed = await lab.store.events.list({ pipelineIds: paths.map(idOf), status: 'failed' }, 10);
  expect(failed.events).toEqual([]);
});
