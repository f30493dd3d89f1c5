import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { createLogger, silentLogger } from '../../../foundation/log.ts';
import { sleep } from '../../../foundation/time.ts';
import type { Cluster } from '../cluster.ts';
import { LEASE, SECRET } from '../object-types.ts';
import { Reflector } from '../reflector.ts';
import { testCluster, testNamespace, type TestNamespace } from '../testing/cluster.ts';
import { proxiedCluster } from '../testing/proxy.ts';
import { SHORT_TIMES } from '../testing/times.ts';
import { Election, type ElectionOptions } from './election.ts';

const NAME = 'controller';
const cluster = testCluster();
let space: TestNamespace;
/** Who leads, in the order of things: `a leads`, `a rests`. */
let story: string[];
let leading: Set<string>;
let most: number;
/** What the candidates logged, for when a test fails. */
let lines: string[];
const ends: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  space = await testNamespace(cluster);
});
beforeEach(() => {
  story = [];
  leading = new Set();
  most = 0;
  lines = [];
});
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
  await cluster.delete(LEASE, { namespace: space.name, name: NAME });
});
afterAll(async () => {
  await space.remove();
  await cluster.close();
});

function candidate(identity: string, options: Partial<ElectionOptions> = {}): Election {
  const election = new Election({
    cluster,
    namespace: space.name,
    name: NAME,
    identity,
    times: SHORT_TIMES,
    log: createLogger({ destination: { write: (line) => void lines.push(line) } }),
    lead: async () => {
      story.push(`${identity} leads`);
      leading.add(identity);
      most = Math.max(most, leading.size);
    },
    rest: async () => {
      story.push(`${identity} rests`);
      leading.delete(identity);
    },
    ...options,
  });
  election.start();
  ends.push(() => election.close());
  return election;
}

async function until(what: string, holds: () => boolean, ms = 10_000): Promise<number> {
  const began = performance.now();
  while (!holds()) {
    if (performance.now() - began > ms)
      throw new Error(`not within ${ms} ms: ${what}; ${story.join(', ')}\n${lines.join('')}`);
    await sleep(10);
  }
  return performance.now() - began;
}

const leads = (identity: string) => () => leading.has(identity);
const lease = () => cluster.get(LEASE, { namespace: space.name, name: NAME });
const edit = (spec: Record<string, unknown>) =>
  cluster.patch(LEASE, { namespace: space.name, name: NAME }, { spec }, { manager: 'somebody' });

test('of three one leads; when it ends the next one does at once, and the epoch grows', async () => {
  const all = ['a', 'b', 'c'].map((identity) => candidate(identity));
  await until('one leads', () => leading.size === 1);
  await sleep(2 * SHORT_TIMES.retryMs);
  const first = [...leading][0]!;
  const election = all['abc'.indexOf(first)]!;
  expect(election.state()).toEqual({ leading: true, holder: first, epoch: 0 });
  expect(all.filter((each) => each.state().leading)).toHaveLength(1);
  await election.close();
  expect(() => election.fence()).toThrow('does not lead');
  const took = await until('another one leads', () => leading.size === 1);
  expect(took).toBeLessThan(SHORT_TIMES.retryMs * 2);
  expect((await lease())['spec']).toMatchObject({ leaseTransitions: 1, leaseDurationSeconds: 3 });
  expect(most).toBe(1);
});

test('it keeps its lease while it stops, and lets it go afterwards', async () => {
  const stopping = Promise.withResolvers<void>();
  const a = candidate('a', { rest: () => stopping.promise.then(() => void leading.delete('a')) });
  await until('a leads', leads('a'));
  candidate('b');
  const closed = a.close();
  await sleep(SHORT_TIMES.lifeMs + 1000);
  expect(leading).toEqual(new Set(['a']));
  expect(() => a.fence()).not.toThrow();
  stopping.resolve();
  await closed;
  await until('b leads', leads('b'), 1000);
});

test('a leader that cannot begin lets another one try', async () => {
  candidate('a', { lead: () => Promise.reject(new Error('no store')) });
  await until('a had it', () => story.includes('a rests'));
  candidate('b');
  await until('b leads', leads('b'));
});

test('a leader that is cut off stops before another one leads, and joins again', async () => {
  const proxied = await proxiedCluster();
  ends.push(() => proxied.close());
  const a = candidate('a', { cluster: proxied.cluster });
  await until('a leads', leads('a'));
  candidate('b');
  proxied.cut();
  const signal = a.fence();
  await until('a rests', () => !leading.has('a'));
  expect(signal.aborted).toBe(true);
  expect(() => a.fence()).toThrow('does not lead any more');
  expect(leading.size).toBe(0);
  await until('b leads', leads('b'));
  proxied.restore();
  await sleep(1000);
  expect(leading).toEqual(new Set(['b']));
  expect(a.state()).toEqual({ leading: false, holder: 'b', epoch: null });
  expect(most).toBe(1);
});

test('nobody leads while the API server does not answer; then one goes on', async () => {
  const proxied = await proxiedCluster();
  ends.push(() => proxied.close());
  for (const identity of ['a', 'b']) candidate(identity, { cluster: proxied.cluster });
  await until('one leads', () => leading.size === 1);
  proxied.hang();
  await until('nobody leads', () => leading.size === 0, SHORT_TIMES.renewMs + 500);
  await sleep(SHORT_TIMES.lifeMs);
  expect(leading.size).toBe(0);
  proxied.restore();
  await until('one leads again', () => leading.size === 1);
  expect(most).toBe(1);
});

test('clocks may be hours off', async () => {
  const hour = 3_600_000;
  const a = candidate('a', { clock: () => Date.now() - hour });
  await until('a leads', leads('a'));
  candidate('b', { clock: () => Date.now() + hour });
  await sleep(SHORT_TIMES.lifeMs + 1000);
  expect(leading).toEqual(new Set(['a']));
  await a.close();
  await until('b leads', leads('b'));
  candidate('c', { clock: () => Date.now() - hour });
  await sleep(SHORT_TIMES.lifeMs + 1000);
  expect(leading).toEqual(new Set(['b']));
});

test('whoever is written into the lease by hand ends the term, and has the time of a holder', async () => {
  candidate('a');
  await until('a leads', leads('a'));
  candidate('b');
  await edit({ holderIdentity: 'somebody' });
  await until('nobody leads', () => leading.size === 0);
  const took = await until('one leads', () => leading.size === 1);
  expect(took).toBeGreaterThan(SHORT_TIMES.lifeMs / 2);
  expect(most).toBe(1);
});

test('the leader goes on where a label is put on, the holder is taken out and the lease is deleted', async () => {
  // A machine that is held up for less than these makes no change of its own.
  const times = { ...SHORT_TIMES, lifeMs: 15_000, renewMs: 10_000 };
  const a = candidate('a', { times });
  await until('a leads', leads('a'));
  candidate('b', { times });
  const ref = { namespace: space.name, name: NAME };
  for (const change of [
    () => cluster.patch(LEASE, ref, LABEL, { manager: 'x' }),
    () => edit({ holderIdentity: '' }),
    () => cluster.delete(LEASE, ref),
  ]) {
    await sleep(2 * times.retryMs);
    await change();
    await untilRenewed('a', Date.now());
    expect(story, lines.join('')).toEqual(['a leads']);
  }
  await sleep(times.lifeMs + 1000);
  expect(story, lines.join('')).toEqual(['a leads']);
  expect(a.state()).toEqual({ leading: true, holder: 'a', epoch: 0 });
  expect((await lease())['spec']).toMatchObject({ holderIdentity: 'a' });
});

/** Waits until `identity` has written itself into the lease after `since`, in epoch milliseconds. */
async function untilRenewed(identity: string, since: number): Promise<void> {
  for (const began = performance.now(); ; await sleep(10)) {
    const found = await lease().catch(() => null);
    const { holderIdentity, renewTime } = (found?.['spec'] ?? {}) as Readonly<Record<string, string>>;
    if (holderIdentity === identity && Date.parse(renewTime!) > since) return;
    if (performance.now() - began > 10_000) {
      throw new Error(`${identity} does not renew: ${JSON.stringify(found)}\n${lines.join('')}`);
    }
  }
}
const LABEL = { metadata: { labels: { team: 'x' } } };

test('a leader that was stopped writes no more once it goes on', { timeout: 60_000 }, async () => {
  await cluster.create(SECRET, {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { namespace: space.name, name: 'work' },
    stringData: {},
  });
  const writers = await watchWriters(cluster, space.name);
  const a = await startCandidate('a');
  await until('a writes', () => writers.at(-1) === 'a', 20_000);
  await startCandidate('b');
  a.kill('SIGSTOP');
  await until('b writes', () => writers.at(-1) === 'b');
  const seen = writers.length;
  a.kill('SIGCONT');
  await sleep(1500);
  expect(writers.length).toBeGreaterThan(seen + 20);
  // One may have been stopped in the microseconds between its last look at the fence and the socket; and then it was that one alone.
  expect(writers.slice(writers.indexOf('b')).filter((by) => by !== 'b').length).toBeLessThanOrEqual(1);
});

/** Who wrote into the Secret, in the order of the versions. */
async function watchWriters(of: Cluster, namespace: string): Promise<string[]> {
  const writers: string[] = [];
  const reflector = new Reflector({
    cluster: of,
    type: SECRET,
    selection: { namespace, fields: 'metadata.name=work' },
    keep: ({ data }) => Buffer.from((data as { by?: string } | undefined)?.by ?? '', 'base64').toString(),
    log: silentLogger(),
  });
  reflector.onChange((_key, by) => {
    if (by !== undefined && by !== '') writers.push(by);
  });
  await reflector.start();
  ends.push(() => reflector.close());
  return writers;
}

async function startCandidate(identity: string): Promise<ChildProcess> {
  const file = fileURLToPath(new URL('../testing/leader-process.ts', import.meta.url));
  const child = spawn(process.execPath, [file, space.name, identity], { stdio: ['ignore', 'pipe', 'inherit'] });
  ends.push(async () => {
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await ended;
  });
  await new Promise((resolve) => child.stdout.once('data', resolve));
  return child;
}
