/**
 * One stream pipeline from end to end: NDJSON requests of 100 events → event log → filter, rename → NDJSON file.
 *
 *     node bench/events-stream.ts [--events 10000000] [--folder /tmp] [--store redis://…]
 *
 * The server, its stream host and the generator of load are processes on the same machine. The rate counts from the first request
 * to the last line at the destination, whose lines are counted. Memory of server and host is looked at every second: it is flat when the last fifth
 * of the time needs no more than the second one did. The control is the transform and the writing alone, on one thread, without log,
 * HTTP or fsync.
 */
import { spawn } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { resourceId } from '../foundation/ids.ts';
import { streamTransform } from '../runner/transforms/index.ts';
import type { EventMeta, Row } from '../runner/ports.ts';
import { createRepository } from '../test/servers/git.ts';
import { childrenOf } from '../test/slow/events/processes.ts';
import type { LoadPlan, LoadResult } from './load.ts';
import { expectCount, report, round } from './lib.ts';
import { startBenchServer, waitFor, type BenchServer } from './server.ts';

const { values: options } = parseArgs({
  options: {
    events: { type: 'string', default: '10000000' },
    folder: { type: 'string', default: tmpdir() },
    store: { type: 'string' },
  },
});
const EVENTS = Number(options.events);
const AT_ONCE = 100;
const CONTROL_EVENTS = 1_000_000;
const PIPELINE_ID = resourceId({ kind: 'Pipeline', namespace: 'default', name: 'bench' });

const PIPELINE = `apiVersion: headgate.dev/v1alpha1
kind: Pipeline
metadata: {name: bench}
spec:
  source: {connector: events}
  transforms:
    - filter: amount > 0 && currency in ["usd", "eur"]
    - rename: {user_id: contact_id}
  destination: {connector: file, settings: {path: out.ndjson}}
  batch: {size: 10000, interval: 100ms}
  limits: {eventsPerSecond: 10000000}
  history: {eventBytes: 2Gi}
`;

/** About 200 bytes; one of ten is filtered out. */
const payload = (n: number): Row => ({
  user_id: `usr_${n}`,
  amount: n % 10 === 0 ? 0 : n,
  currency: n % 2 === 0 ? 'usd' : 'eur',
  country: 'DE',
  sku: 'A-1',
  quantity: 2,
  created_at: '2026-06-21T14:09:33Z',
});
const LINES = Array.from({ length: AT_ONCE }, (_, n) =>
  JSON.stringify({ pipeline_id: PIPELINE_ID, event_type: 'order.created', payload: payload(n) }),
);
const KEPT = 0.9;

interface Sample {
  readonly at: number;
  readonly server: number;
  readonly host: number;
}

/** Resident memory of a process in bytes; 0 when it is gone. */
async function resident(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) * 1024;
}

async function load(server: BenchServer, seconds: number): Promise<LoadResult> {
  const plan: LoadPlan = {
    url: server.url,
    requests: [
      {
        method: 'POST',
        path: '/v1/events',
        headers: { 'Content-Type': 'application/x-ndjson', Authorization: `Bearer ${server.token}` },
        body: `${LINES.join('\n')}\n`,
      },
    ],
    connections: 8,
    depth: 2,
    seconds,
  };
  const file = fileURLToPath(new URL('load.ts', import.meta.url));
  const child = spawn(process.execPath, [file, JSON.stringify(plan)], { stdio: ['ignore', 'pipe', 'inherit'] });
  const result = JSON.parse(await text(child.stdout)) as LoadResult;
  if (result.failure !== undefined) throw new Error(result.failure);
  return result;
}

/** The transforms and the text of the lines alone, in events a second. */
async function control(folder: string): Promise<number> {
  const transforms = [
    streamTransform({ filter: 'amount > 0 && currency in ["usd", "eur"]' }, 0),
    streamTransform({ rename: { user_id: 'contact_id' } }, 1),
  ];
  const event: EventMeta = { id: 'ev_1', type: 'order.created', key: null, receivedAt: 0, replay: null };
  const file = await open(join(folder, 'control.ndjson'), 'w');
  const start = performance.now();
  for (let done = 0; done < CONTROL_EVENTS; done += 10_000) {
    let lines = '';
    for (let n = 0; n < 10_000; n++) {
      let row: Row | null = (JSON.parse(LINES[n % AT_ONCE]!) as { payload: Row }).payload;
      for (const transform of transforms) row = row === null ? null : transform(row, event);
      if (row !== null) lines += `${JSON.stringify(row)}\n`;
    }
    await file.write(lines);
  }
  const seconds = (performance.now() - start) / 1000;
  await file.close();
  return CONTROL_EVENTS / seconds;
}

async function countLines(path: string): Promise<number> {
  let lines = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: 4 * 2 ** 20 })) {
    const bytes = chunk as Buffer;
    for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) lines += 1;
  }
  return lines;
}

async function main(): Promise<void> {
  const repository = await createRepository();
  await repository.commit({ 'bench.yaml': PIPELINE });
  const folder = await mkdtemp(join(options.folder, 'headgate-bench-'));
  const controls = [await control(folder), await control(folder)];
  const args = ['--token-events', '100000000', '--path', '.'];
  if (options.store !== undefined) args.push('--store', options.store);
  const server = await startBenchServer(repository.dir, args);
  const samples: Sample[] = [];
  try {
    const host = await waitFor('the stream host', async () => {
      const [found] = childrenOf(server.pid).filter(({ command }) => command.includes('runner/host.ts'));
      return found?.pid ?? null;
    });
    const committed = async (): Promise<number> => {
      const stats = await (await fetch(`${server.url}/v1/pipelines/bench`, authorized(server))).json();
      return (stats as { events: { accepted: number; lag: number } }).events.lag;
    };
    await waitFor('the pipeline', async () => ((await isActive(server)) ? true : null));
    const start = performance.now();
    const sampler = setInterval(() => {
      void Promise.all([resident(server.pid), resident(host)]).then(([ofServer, ofHost]) =>
        samples.push({ at: performance.now() - start, server: ofServer, host: ofHost }),
      );
    }, 1000);
    let sent = 0;
    let ingesting = 0;
    while (sent < EVENTS) {
      const result = await load(server, 5);
      sent += result.ok * AT_ONCE;
      ingesting += result.seconds;
    }
    const highestLag = await committed();
    await waitFor('the last event', async () => ((await committed()) === 0 ? true : null), 600_000);
    const seconds = (performance.now() - start) / 1000;
    clearInterval(sampler);
    const lines = await countLines(join(server.dataDir, 'files/out.ndjson'));
    expectCount('lines at the destination', lines, Math.round(sent * KEPT));
    const peak = (from: number, to: number): number =>
      Math.max(
        ...samples
          .filter(({ at }) => at >= from * seconds * 1000 && at < to * seconds * 1000)
          .map((sample) => sample.server + sample.host),
      );
    report({
      bench: 'events-stream',
      work: `${EVENTS / 1e6}M events, ${options.store === undefined ? 'SQLite' : 'Redis'}: ${AT_ONCE} a request → filter, rename → NDJSON`,
      headlines: [
        { what: 'events end to end', value: Math.round(sent / seconds), unit: '/s', atLeast: 100_000 },
        { what: 'memory at the end, of that before', value: round(peak(0.8, 1) / peak(0.2, 0.4)), atMost: 1.2 },
      ],
      figures: {
        sent,
        lines,
        seconds: round(seconds),
        ingestedPerSecond: Math.round(sent / ingesting),
        lagAfterTheLastRequest: highestLag,
        serverPeakMb: Math.round(Math.max(...samples.map((sample) => sample.server)) / 2 ** 20),
        hostPeakMb: Math.round(Math.max(...samples.map((sample) => sample.host)) / 2 ** 20),
        transformsAlonePerSecond: controls.map(Math.round),
        controlRatio: round(controls[1]! / controls[0]!),
      },
    });
  } finally {
    await server.stop();
    await repository.remove();
    await rm(folder, { recursive: true, force: true });
  }
}

const authorized = ({ token }: BenchServer): RequestInit => ({ headers: { authorization: `Bearer ${token}` } });

async function isActive(server: BenchServer): Promise<boolean> {
  const answer = await fetch(`${server.url}/v1/pipelines/bench`, authorized(server));
  return answer.ok && ((await answer.json()) as { status: string }).status === 'active';
}

await main();
