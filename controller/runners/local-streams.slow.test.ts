/** What is special about streams as processes; what any platform does stands in `suites/streams.ts`. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLogger } from '../../foundation/log.ts';
import type { StreamAssignment } from '../../runner/spec.ts';
import { eventually } from '../../test/server.ts';
import { startHttpServer, type TestHttpServer } from '../../test/servers/http.ts';
import { childrenOf } from '../../test/slow/events/processes.ts';
import { streamLab, type StreamLab } from '../../test/streams.ts';
import type { StreamInfo, WantedStream } from '../ports.ts';
import { LocalStreams } from './local-streams.ts';

/** What a host may take beyond a deadline. */
const GRACE_MS = 500;

let lab: StreamLab;
let streams: LocalStreams;
let http: TestHttpServer | null;
/** Pipelines that were told of, in order, each with the state it had then. */
let told: string[];

beforeEach(async () => {
  lab = await streamLab();
  http = null;
  serve(1);
});
afterEach(async () => {
  await streams.close(0);
  await http?.close();
  await lab.close();
});

function serve(count: number): void {
  told = [];
  const env = { ...process.env, HEADGATE_LOG_LEVEL: 'silent' };
  streams = new LocalStreams({ hosts: count, env, log: silentLogger(), graceMs: GRACE_MS });
  streams.onChange((id) => told.push(`${id} ${find(id)?.state ?? 'gone'}`));
}

function find(id: string): StreamInfo | undefined {
  const listed = streams.list().find(({ pipelineId }) => pipelineId === id);
  expect(streams.get(id)).toEqual(listed);
  return listed;
}

const is = (id: string, state: string): Promise<unknown> =>
  eventually(`${id} to be ${state}`, async () => (find(id)?.state ?? 'gone') === state);

/** A pipeline that writes `<id>.ndjson`, or to `url`. */
const assignment = (id: string, url?: string): StreamAssignment =>
  lab.assignment({
    id,
    destinations: [
      url === undefined
        ? { connector: 'file', settings: { path: `${id}.ndjson` } }
        : { connector: 'http', settings: { url } },
    ],
  });

const wanted = (assigned: StreamAssignment, hash: string): WantedStream => ({
  assignment: assigned,
  hash,
  shape: { resources: {}, podTemplate: {}, replicas: 1 },
});

const send = (id: string, count: number): Promise<unknown> => lab.append(count, 0, () => ({ pipelineId: id }));

/** A destination that answers when it is told to. */
async function slowDestination(): Promise<{ readonly url: string; readonly asked: () => number; open: () => void }> {
  const { promise, resolve } = Promise.withResolvers<void>();
  http = await startHttpServer({
    '/': async (_, response) => {
      await promise;
      response.writeHead(204).end();
    },
  });
  const { url, requests } = http;
  return { url, asked: () => requests.length, open: resolve };
}

/** Process ids of the hosts of this process. */
const hosts = (): readonly number[] =>
  childrenOf(process.pid)
    .filter(({ command }) => command.includes('runner/host.ts'))
    .map(({ pid }) => pid);

describe('a host', () => {
  it('is one for as many streams as there are, or as many as are wanted', async () => {
    await streams.close(0);
    serve(2);
    for (const id of ['pl_a', 'pl_b', 'pl_c', 'pl_d']) await streams.ensure(wanted(assignment(id), 'h1'), 5000);
    await Promise.all(['pl_a', 'pl_b', 'pl_c', 'pl_d'].map((id) => is(id, 'running')));
    const [first, second, ...rest] = hosts();
    expect(rest).toEqual([]);
    // Half of the streams live in each.
    process.kill(first!, 'SIGKILL');
    await eventually('two to be left', async () => streams.list().length === 2);
    expect(hosts()).toEqual([second]);
  });

  it('that is killed takes its streams along, which are told of and start again', async () => {
    await streams.ensure(wanted(assignment('pl_a'), 'h1'), 5000);
    await streams.ensure(wanted(assignment('pl_b'), 'h1'), 5000);
    await Promise.all([is('pl_a', 'running'), is('pl_b', 'running')]);
    const [host] = hosts();
    process.kill(host!, 'SIGKILL');
    await is('pl_b', 'gone');
    expect(streams.list()).toEqual([]);
    expect(told.slice(-2)).toEqual(['pl_a gone', 'pl_b gone']);
    await streams.ensure(wanted(assignment('pl_a'), 'h1'), 5000);
    await send('pl_a', 1);
    await lab.settled(1, 'pl_a');
    expect(hosts()).not.toContain(host);
  });

  it('that was told to end by somebody else gets no more streams', async () => {
    const destination = await slowDestination();
    await streams.ensure(wanted(assignment('pl_slow', destination.url), 'h1'), 5000);
    await streams.ensure(wanted(assignment('pl_a'), 'h1'), 5000);
    await send('pl_slow', 1);
    await eventually('the first request', async () => destination.asked() > 0);
    await is('pl_a', 'running');
    const [host] = hosts();
    process.kill(host!, 'SIGTERM');
    await is('pl_a', 'gone');
    // The host still waits for the slow destination.
    await streams.ensure(wanted(assignment('pl_a'), 'h1'), 5000);
    await is('pl_a', 'running');
    expect(hosts()).toHaveLength(2);
    destination.open();
    await is('pl_slow', 'gone');
    expect(await lab.committed('pl_slow')).toBe(1);
    await eventually('the host to end', async () => !hosts().includes(host!));
    expect(find('pl_a')?.state).toBe('running');
  });

  it('that does not end a stream in time is ended by force', async () => {
    await streams.ensure(wanted(assignment('pl_a'), 'h1'), 5000);
    await streams.ensure(wanted(assignment('pl_b'), 'h1'), 5000);
    await Promise.all([is('pl_a', 'running'), is('pl_b', 'running')]);
    const [host] = hosts();
    process.kill(host!, 'SIGSTOP');
    await streams.stop('pl_a', 100);
    expect(streams.list()).toEqual([]);
    expect(told.slice(-2)).toEqual(['pl_a gone', 'pl_b gone']);
    expect(hosts()).not.toContain(host);
  });
});

describe('closing', () => {
  it('ends what is under way and all processes, and nothing starts any more', async () => {
    const destination = await slowDestination();
    await streams.ensure(wanted(assignment('pl_a', destination.url), 'h1'), 5000);
    await send('pl_a', 1);
    await eventually('the first request', async () => destination.asked() > 0);
    const closed = streams.close(10_000);
    await expect(streams.ensure(wanted(assignment('pl_b'), 'h1'), 5000)).rejects.toThrow('stopping');
    await is('pl_a', 'draining');
    destination.open();
    await closed;
    expect(await lab.committed('pl_a')).toBe(1);
    expect(streams.list()).toEqual([]);
    expect(hosts()).toEqual([]);
  });

  it('is done within the deadline when a destination hangs', async () => {
    const destination = await slowDestination();
    await streams.ensure(wanted(assignment('pl_a', destination.url), 'h1'), 5000);
    await send('pl_a', 1);
    await eventually('the first request', async () => destination.asked() > 0);
    const before = performance.now();
    await streams.close(200);
    expect(performance.now() - before).toBeLessThan(200 + GRACE_MS + 1000);
    expect(hosts()).toEqual([]);
    expect(await lab.committed('pl_a')).toBe(0);
  });

  it('ends a host by force that does not answer', async () => {
    await streams.ensure(wanted(assignment('pl_a'), 'h1'), 5000);
    await is('pl_a', 'running');
    process.kill(hosts()[0]!, 'SIGSTOP');
    await streams.close(100);
    expect(hosts()).toEqual([]);
    expect(streams.list()).toEqual([]);
  });
});
