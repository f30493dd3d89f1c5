import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLogger } from '../../../foundation/log.ts';
import { API_VERSION } from '../../../crds/index.ts';
import { kubectl } from '../../../test/cluster/kubectl.ts';
import type { Cluster } from '../cluster.ts';
import { EVENT, typeOf } from '../object-types.ts';
import { testCluster, testNamespace, type TestNamespace } from '../testing/cluster.ts';
import { installCrds } from '../testing/crds.ts';
import type { KubeObject } from '../types.ts';
import { EventRecorder } from './recorder.ts';

const cluster = testCluster();
const lines: string[] = [];
const log = createLogger({ level: 'warn', destination: { write: (line) => void lines.push(line) } });
let space: TestNamespace;
let now = Date.now();

beforeAll(async () => {
  await installCrds(cluster);
  space = await testNamespace(cluster);
});
afterAll(async () => {
  await space.remove();
  await cluster.close();
});

const recorder = (): EventRecorder => new EventRecorder({ cluster, instance: 'test', clock: () => now, log });
const ref = (name: string) => ({ kind: 'Connection', namespace: space.name, name }) as const;

async function declare(name: string): Promise<KubeObject> {
  return cluster.create(typeOf('Connection'), {
    apiVersion: API_VERSION,
    kind: 'Connection',
    metadata: { name, namespace: space.name },
    spec: { connector: 'postgres' },
  });
}

async function eventsOf(name: string): Promise<readonly KubeObject[]> {
  const { items } = await cluster.list(EVENT, { namespace: space.name });
  return items.filter((event) => (event['regarding'] as { name: string }).name === name);
}

const series = (event: KubeObject): { count: number } | null | undefined =>
  event['series'] as { count: number } | null | undefined;

describe('the recorder of events', () => {
  it('writes what `kubectl describe` shows', async () => {
    const { metadata } = await declare('seen');
    const events = recorder();
    events.announce(ref('seen'), { type: 'Normal', reason: 'Ready', message: 'as declared' });
    events.announce(ref('seen'), {
      type: 'Warning',
      reason: 'ReferenceNotFound',
      message: `there is no connector '${'ü'.repeat(2000)}'`,
      related: { kind: 'Pipeline', namespace: space.name, name: 'orders' },
    });
    await events.idle();
    const found = await eventsOf('seen');
    expect(found).toHaveLength(2);
    const warning = found.find((event) => event['type'] === 'Warning')!;
    expect(warning).toMatchObject({
      reason: 'ReferenceNotFound',
      regarding: { apiVersion: API_VERSION, kind: 'Connection', uid: metadata.uid },
      related: { kind: 'Pipeline', name: 'orders' },
      reportingController: 'headgate.dev/controller',
      reportingInstance: 'test',
    });
    const bytes = Buffer.byteLength(warning['note'] as string);
    expect([bytes <= 1024, bytes > 1000]).toEqual([true, true]);
    const described = await kubectl(['describe', 'connection', 'seen', '-n', space.name]);
    expect(described).toMatch(/Normal\s+Ready\s.*as declared/);
    expect(described).toMatch(/Warning\s+ReferenceNotFound\s/);
  });

  it('counts what repeats in one event, and begins another one after a while', async () => {
    await declare('again');
    const events = recorder();
    const say = (): void => events.announce(ref('again'), { type: 'Warning', reason: 'Retrying', message: 'refused' });
    for (let times = 0; times < 3; times++) {
      now += 1000;
      say();
    }
    await events.idle();
    const [first, ...others] = await eventsOf('again');
    expect(others).toEqual([]);
    expect(series(first!)?.count).toBe(3);
    now += 11 * 60_000;
    say();
    await events.idle();
    expect(await eventsOf('again')).toHaveLength(2);
  });

  it('makes an event anew that the cluster has forgotten', async () => {
    await declare('forgotten');
    const events = recorder();
    const say = (): void => events.announce(ref('forgotten'), { type: 'Normal', reason: 'Ready', message: 'fine' });
    say();
    await events.idle();
    const [event] = await eventsOf('forgotten');
    await cluster.delete(EVENT, { namespace: space.name, name: event!.metadata.name });
    say();
    await events.idle();
    const [next] = await eventsOf('forgotten');
    expect(next!.metadata.name).not.toBe(event!.metadata.name);
  });

  it('writes at most a burst for one object, and one more after five minutes', async () => {
    await declare('busy');
    let asked = 0;
    const counting: Pick<Cluster, 'get' | 'create' | 'patch'> = {
      get: (...args) => {
        asked++;
        return cluster.get(...args);
      },
      create: (...args) => cluster.create(...args),
      patch: (...args) => cluster.patch(...args),
    };
    const events = new EventRecorder({ cluster: counting, instance: 'test', clock: () => now, log });
    const say = (number: number): void =>
      events.announce(ref('busy'), { type: 'Normal', reason: 'RunStarted', message: `run ${number}` });
    for (let number = 0; number < 40; number++) say(number);
    await events.idle();
    expect(await eventsOf('busy')).toHaveLength(25);
    // The cluster is not asked about what is not written.
    expect(asked).toBe(25);
    now += 5 * 60_000;
    say(41);
    say(42);
    await events.idle();
    expect(await eventsOf('busy')).toHaveLength(26);
  });

  it('says nothing of what is gone, and bears a refusal', async () => {
    const events = recorder();
    events.announce(ref('nobody'), { type: 'Normal', reason: 'Ready', message: 'fine' });
    await events.idle();
    expect(await eventsOf('nobody')).toEqual([]);
    const refused = new EventRecorder({
      cluster,
      instance: 'test',
      uidOf: () => Promise.resolve('x'),
      clock: () => now,
      log,
    });
    lines.length = 0;
    refused.announce(
      { kind: 'Connection', namespace: 'no-such-namespace', name: 'x' },
      {
        type: 'Normal',
        reason: 'Ready',
        message: 'fine',
      },
    );
    await refused.close(5000);
    expect(lines.join('')).toContain('an event was not written');
    refused.announce(ref('seen'), { type: 'Normal', reason: 'TooLate', message: 'fine' });
    await refused.idle();
    expect((await eventsOf('seen')).map((event) => event['reason'])).not.toContain('TooLate');
  });
});
