/** Replays beside live events, and sources that the stream host reads by itself. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Type } from 'typebox';
import { sleep } from '../foundation/time.ts';
import type { Connector, ConnectorContext, IncomingEvent } from '../runner/ports.ts';
import type { ReplayJob, ReplaySelection } from '../store/event-ports.ts';
import { eventually } from './server.ts';
import { localHost, PIPELINE, streamLab, type LocalHost, type StreamLab } from './streams.ts';
import { startHttpServer, type Behaviour, type SeenRequest, type TestHttpServer } from './servers/http.ts';
import { text } from './servers/http-behaviours.ts';

let lab: StreamLab;
let server: TestHttpServer;
let local: LocalHost;
beforeEach(async () => {
  lab = await streamLab();
  server = await startHttpServer({ '/in': ok });
  local = localHost();
});
afterEach(async () => {
  await local.host.drain(0);
  await server.close();
  await lab.close();
});

const ok = text('', {}, 204);
const numberOf = ({ body }: SeenRequest): number => (JSON.parse(body) as { n: number }).n;
const replayed = (): readonly number[] =>
  server.requests.filter(({ headers }) => headers['headgate-replay'] !== undefined).map(numberOf);
const live = (): readonly number[] =>
  server.requests.filter(({ headers }) => headers['headgate-replay'] === undefined).map(numberOf);
const numbers = (from: number, to: number): readonly number[] =>
  Array.from({ length: to - from }, (_, index) => from + index);
const start = (more: object = {}): void =>
  local.host.start(
    lab.assignment({ destinations: [{ connector: 'http', settings: { url: server.url }, stream: 'in' }], ...more }),
    'h',
  );
const failing =
  (bad: (n: number) => boolean): Behaviour =>
  (request, response) =>
    bad(numberOf(request)) ? text('no', {}, 422)(request, response) : ok(request, response);

let jobs = 0;
const replay = (selection: ReplaySelection, eventsPerSecond = 1000): Promise<ReplayJob> =>
  lab.store.events.createReplay({
    id: `rp_${(jobs += 1)}`,
    pipelineId: PIPELINE,
    selection,
    eventsPerSecond,
    createdBy: 'me',
    createdAt: Date.now(),
  });
const ended = (job: ReplayJob): Promise<ReplayJob> =>
  eventually('the replay has ended', async () => {
    const now = await lab.store.events.replay(job.id);
    return now !== null && now.status !== 'pending' && now.status !== 'running' && now;
  });
const unresolved = async (): Promise<readonly number[]> => {
  const filter = { pipelineIds: [PIPELINE], status: 'failed' as const, unresolved: true };
  const { events } = await lab.store.events.list(filter, 100);
  return events.map(({ offset }) => offset).toReversed();
};

describe('a replay', () => {
  it('of the dead letters brings them once more and resolves those that get through', async () => {
    server.on(
      '/in',
      failing((n) => n % 5 === 0),
    );
    await lab.append(20);
    start();
    await lab.settled(20);
    expect(await unresolved()).toEqual([0, 5, 10, 15]);
    server.on(
      '/in',
      failing((n) => n === 10),
    );
    const job = await ended(await replay({ kind: 'dead-letters' }));
    expect(job).toMatchObject({ status: 'success', total: 4, processed: 4, delivered: 3, failed: 1 });
    expect(replayed()).toEqual([0, 5, 10, 15]);
    expect(await unresolved()).toEqual([10]);
  });

  it('of a window brings all of it, in order, and changes no status', async () => {
    await lab.append(10);
    start();
    await lab.settled(10);
    const job = await ended(await replay({ kind: 'window', from: 0, to: Date.now() + 1000 }));
    expect(job).toMatchObject({ status: 'success', total: 10, processed: 10, delivered: 10, failed: 0 });
    expect(replayed()).toEqual(numbers(0, 10));
    expect(await lab.committed()).toBe(10);
  });

  it('of a window brings what has the status or type that was asked for', async () => {
    server.on(
      '/in',
      failing((n) => n === 3),
    );
    await lab.append(6, 0, (n) => ({ type: n < 2 ? 'small' : 'large' }));
    start();
    await lab.settled(6);
    server.on('/in', ok);
    const window = { kind: 'window' as const, from: 0, to: Date.now() + 1000 };
    await ended(await replay({ ...window, status: 'failed' }));
    expect(replayed()).toEqual([3]);
    await ended(await replay({ ...window, status: 'delivered' }));
    expect(replayed()).toEqual([3, 0, 1, 2, 4, 5]);
    await ended(await replay({ ...window, type: 'small' }));
    expect(replayed()).toEqual([3, 0, 1, 2, 4, 5, 0, 1]);
  });

  it('of single events brings these, and tells of those that are not there', async () => {
    const appended = await lab.append(4);
    start();
    await lab.settled(4);
    const ids = [3, 1].map((n) => (appended[n] as { id: string }).id);
    const job = await ended(await replay({ kind: 'events', ids: [...ids, 'ev_nonsense'] }));
    expect(job).toMatchObject({ status: 'success', total: 3, processed: 3, delivered: 2, failed: 1 });
    expect(replayed()).toEqual([3, 1]);
  });

  it('keeps to its speed, lets live events pass, and ends when it is cancelled', async () => {
    await lab.append(100);
    start();
    await lab.settled(100);
    const job = await replay({ kind: 'window', from: 0, to: Date.now() + 1000 }, 20);
    await eventually('it has begun', async () => replayed().length > 0);
    const at = performance.now();
    await lab.append(5, 100);
    await lab.settled(105);
    expect(performance.now() - at).toBeLessThan(2000);
    expect(live()).toEqual(numbers(0, 105));
    await lab.store.events.cancelReplay(job.id, 'me', Date.now());
    const end = await ended(job);
    expect(end).toMatchObject({ status: 'cancelled', total: 100 });
    expect(end.processed).toBe(replayed().length);
    expect(end.processed).toBeLessThan(100);
  });

  it('goes on where it was after a restart, and waits for a destination that is down', async () => {
    await lab.append(40);
    start();
    await lab.settled(40);
    const job = await replay({ kind: 'window', from: 0, to: Date.now() + 1000 }, 60);
    await eventually('it is under way', async () => replayed().length >= 15);
    await local.host.drain(2000);
    const before = replayed().length;
    server.on('/in', text('', {}, 503));
    local = localHost();
    start();
    await local.said.until('waiting');
    expect((await lab.store.events.replay(job.id))?.status).toBe('running');
    const downAt = server.requests.length;
    server.on('/in', ok);
    expect(await ended(job)).toMatchObject({ status: 'success', processed: 40, delivered: 40, failed: 0 });
    const after = server.requests.slice(downAt).map(numberOf);
    expect([...replayed().slice(0, before), ...after]).toEqual(expect.arrayContaining([...numbers(0, 40)]));
    expect(new Set(after).size).toBe(after.length);
  });
});

describe('a source that the host reads', () => {
  /** Brings numbered events for as long as it runs; throws after `each` of them to be started again. */
  const ticking = (each: number, runs: { count: number }): Connector => ({
    name: 'ticking',
    title: 'Ticking',
    summary: 'Ticks.',
    settings: Type.Object({}, { additionalProperties: false }),
    examples: [],
    streaming: true,
    streamSource: (_settings: unknown, { signal }: ConnectorContext) => ({
      run: async (push: (events: readonly IncomingEvent[]) => Promise<void>) => {
        runs.count += 1;
        // The last one of the run before comes again, as after a crash before it was acknowledged.
        const first = Math.max(0, (runs.count - 1) * each - 1);
        for (let n = first; n < runs.count * each; n++) {
          await push([{ type: 'tick', key: null, payload: { n }, idempotencyKey: `tick-${n}` }]);
        }
        if (runs.count < 2) throw new Error('the connection broke');
        await sleep(60_000, signal);
      },
    }),
    check: () => Promise.resolve({ ok: true, message: '' }),
  });

  it('is read into the log and delivered from there, once, also when it breaks', async () => {
    const runs = { count: 0 };
    local = localHost([ticking(10, runs)]);
    start({ source: { connector: 'ticking', settings: {} } });
    await lab.settled(20);
    expect(live()).toEqual(numbers(0, 20));
    expect(runs.count).toBe(2);
    const at = performance.now();
    await local.host.drain(5000);
    expect(performance.now() - at).toBeLessThan(3000);
  });
});
