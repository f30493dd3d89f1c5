/** What becomes of runs as objects of the API. No node runs their Pods: where a kubelet would speak, the test does. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { JOB, NAMESPACE, POD, SECRET } from '../object-types.ts';
import { podSettings } from '../pods/testing/wish.ts';
import { testCluster } from '../testing/cluster.ts';
import { installCrds } from '../testing/crds.ts';
import { endMessage } from '../../../runner/pod/untold-end.ts';
import type { RunRecord } from '../../../store/ports.ts';
import type { RunnerExit } from '../../ports.ts';
import type { ObjectType } from '../types.ts';
import { NO_SHAPE, runnersLab, type RunnersLab } from './testing/lab.ts';

const cluster = testCluster();
const core = (kind: string, plural: string): ObjectType => ({
  group: '',
  version: 'v1',
  kind,
  plural,
  namespaced: true,
});
const QUOTA = core('ResourceQuota', 'resourcequotas');
const LIMITS = core('LimitRange', 'limitranges');
const WEBHOOK: ObjectType = {
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  kind: 'ValidatingWebhookConfiguration',
  plural: 'validatingwebhookconfigurations',
  namespaced: false,
};
/** Nodes of the cluster, if it has any, are not to run anything. */
const settings = podSettings({ nodeSelector: { 'headgate.dev/none': 'yes' } });

let lab: RunnersLab;
beforeAll(() => installCrds(cluster));
afterAll(() => cluster.close());
beforeEach(async () => {
  lab = await runnersLab(cluster, { settings, startMs: 12_000 });
});
afterEach(() => lab.close());

const listed = async (run: RunRecord): Promise<object | undefined> =>
  (await lab.runners.list()).find(({ runId }) => runId === run.id);
const exits = (run: RunRecord) => expect.poll(() => lab.exitOf(run), { timeout: 30_000 });
const podOf = async (run: RunRecord): Promise<string> => {
  await expect.poll(async () => (await lab.pods(run)).length, { timeout: 15_000 }).toBe(1);
  return (await lab.pods(run))[0]!.metadata.name;
};
/** What the kubelet would write. */
async function say(run: RunRecord, status: object): Promise<void> {
  const ref = { namespace: lab.namespace, name: await podOf(run) };
  await cluster.patch(POD, ref, { status }, { manager: 'test', subresource: 'status' });
}
const runs = { phase: 'Running', containerStatuses: [container({ running: { startedAt: '2026-01-01T00:00:00Z' } })] };
function container(state: object): object {
  return { name: 'runner', image: 'x', imageID: '', ready: false, restartCount: 0, state };
}
const ended = (exitCode: number, reason: string, message = ''): object => ({
  phase: exitCode === 0 ? 'Succeeded' : 'Failed',
  containerStatuses: [container({ terminated: { exitCode, reason, message, finishedAt: new Date().toISOString() } })],
});
const OUTCOME = { status: 'success', finishedAt: 1, rowsLoaded: 3 } as const;

describe('a run', () => {
  it('is a Job that its pipeline owns, with what it is told in the store', async () => {
    const run = await lab.start();
    const job = await lab.job(run);
    expect(job?.metadata).toMatchObject({
      name: `hg-${run.id.replace('_', '-')}-1`,
      labels: { 'headgate.dev/run-id': run.id, 'headgate.dev/attempt': '1', 'headgate.dev/environment': 'test' },
      ownerReferences: [{ kind: 'Pipeline', name: 'p', controller: true }],
    });
    expect(job?.['spec']).toMatchObject({
      backoffLimit: 0,
      activeDeadlineSeconds: 960,
      ttlSecondsAfterFinished: 86_400,
    });
    const blob = await lab.store.blobs.get(`run/${run.id}/1`, Date.now());
    expect(JSON.parse(Buffer.from(blob!).toString())).toMatchObject({ kind: 'run', runId: run.id, attempt: 1 });
    const secret = await cluster.get(SECRET, { namespace: lab.namespace, name: 'headgate-store' });
    expect(Buffer.from((secret['data'] as { url: string }).url, 'base64').toString()).toMatch(/^sqlite:/);
    expect(JSON.stringify(job)).not.toContain('sqlite:');
  });

  it('exists once, and counts until it has ended', async () => {
    const run = await lab.start();
    await lab.runners.start(lab.assignment(run), NO_SHAPE);
    expect(await lab.runners.list()).toMatchObject([{ runId: run.id, attempt: 1, state: 'starting' }]);
    expect(lab.runners.capacity()).toBe(3);
    await say(run, runs);
    await expect.poll(() => listed(run)).toMatchObject({ state: 'running' });
    await say(run, ended(0, 'Completed'));
    await exits(run).toMatchObject({ attempt: 1, reason: 'the runner ended its run' });
    expect(await lab.runners.list()).toEqual([]);
    expect(lab.runners.capacity()).toBe(4);
  });

  it('is found by the next controller, which is told of its end', async () => {
    const run = await lab.start();
    await lab.runners.close();
    await say(run, ended(3, 'Error'));
    const next = await lab.another();
    const told: string[] = [];
    next.onExit(({ runId, reason }) => told.push(`${runId}: ${reason}`));
    await expect.poll(() => told, { timeout: 10_000 }).toEqual([`${run.id}: the runner ended with exit code 3`]);
  });

  it('has its end told before it is missing in the list: the next controller need not see it as lost', async () => {
    const run = await lab.start();
    await lab.runners.close();
    await say(run, ended(75, 'Error', endMessage(OUTCOME)!));
    const next = await lab.another();
    const told: RunnerExit[] = [];
    next.onExit((exit) => told.push(exit));
    expect(await next.list()).toEqual([]);
    expect(told).toMatchObject([{ runId: run.id, attempt: 1, outcome: OUTCOME }]);
  });

  it('goes when its record has ended, at once or, if it failed, after a while', async () => {
    const [good, bad] = [await lab.start(), await lab.start()];
    await say(good, ended(0, 'Completed'));
    await say(bad, ended(1, 'Error'));
    await Promise.all([exits(good).toBeDefined(), exits(bad).toBeDefined()]);
    const outcome = { status: 'failed', finishedAt: Date.now(), rowsLoaded: 0 } as const;
    for (const run of [good, bad]) await lab.store.runs.finish(run.id, 1, outcome);
    await expect.poll(() => lab.job(good), { timeout: 20_000 }).toBeUndefined();
    await expect.poll(() => lab.store.blobs.get(`run/${good.id}/1`, Date.now())).toBeNull();
    expect(await lab.job(bad)).toBeDefined();
  });
});

describe('a run that does not start', () => {
  it('says what the scheduler says, and is given up in time', async () => {
    const run = await lab.start();
    await expect.poll(() => listed(run), { timeout: 10_000 }).toMatchObject({ waiting: { code: 'unschedulable' } });
    await exits(run).toMatchObject({
      error: { code: 'unschedulable', message: expect.stringContaining('not started within') },
    });
    expect(lab.exitOf(run)).not.toHaveProperty('final');
    await expect.poll(() => lab.job(run)).toBeUndefined();
  });

  it('says that a quota is used up', async () => {
    const quota = {
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { name: 'none', namespace: lab.namespace },
      spec: { hard: { pods: '0' } },
    };
    await cluster.create(QUOTA, quota);
    await expect.poll(async () => (await cluster.get(QUOTA, quota.metadata))['status']).toHaveProperty('hard');
    const run = await lab.start();
    await expect
      .poll(() => listed(run), { timeout: 12_000 })
      .toMatchObject({ waiting: { code: 'pod_refused', message: expect.stringContaining('exceeded quota: none') } });
    await exits(run).toMatchObject({ error: { code: 'pod_refused' } });
  });

  it('fails at once when its Pod is not allowed', async () => {
    const spec = { limits: [{ type: 'Container', max: { memory: '64Mi' } }] };
    await cluster.create(LIMITS, {
      apiVersion: 'v1',
      kind: 'LimitRange',
      metadata: { name: 'small', namespace: lab.namespace },
      spec,
    });
    const run = await lab.start({ ...NO_SHAPE, resources: { limits: { memory: '1Gi' } } });
    await exits(run).toMatchObject({
      final: true,
      error: { code: 'pod_refused', message: expect.stringContaining('maximum memory usage') },
    });
  });

  it('waits for a webhook that does not answer', async () => {
    const name = `headgate-test-${lab.namespace}`;
    await cluster.patch(
      NAMESPACE,
      { name: lab.namespace },
      { metadata: { labels: { hook: name } } },
      { manager: 'test' },
    );
    const webhook = {
      name: 'pods.headgate.dev',
      clientConfig: { url: 'https://127.0.0.1:1/' },
      rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] }],
      namespaceSelector: { matchLabels: { hook: name } },
      failurePolicy: 'Fail',
      sideEffects: 'None',
      admissionReviewVersions: ['v1'],
    };
    await cluster.create(WEBHOOK, {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: WEBHOOK.kind,
      metadata: { name },
      webhooks: [webhook],
    });
    try {
      const run = await lab.start();
      await exits(run).toMatchObject({
        error: { code: 'pod_refused', message: expect.stringContaining('failed calling webhook') },
      });
      expect(lab.exitOf(run)).not.toHaveProperty('final');
    } finally {
      await cluster.delete(WEBHOOK, { name });
    }
  });

  it('is refused where the API server refuses the Job itself', async () => {
    const run = await lab.claim();
    const shape = { ...NO_SHAPE, resources: { limits: { memory: 'much' } } };
    await expect(lab.runners.start(lab.assignment(run), shape)).rejects.toThrow();
    const quota = {
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { name: 'none', namespace: lab.namespace },
      spec: { hard: { 'count/jobs.batch': '0' } },
    };
    await cluster.create(QUOTA, quota);
    await expect.poll(async () => (await cluster.get(QUOTA, quota.metadata))['status']).toHaveProperty('hard');
    await expect(lab.runners.start(lab.assignment(run), NO_SHAPE)).rejects.toMatchObject({
      code: 'pod_refused',
      retryable: true,
    });
    expect(lab.runners.capacity()).toBe(4);
  });
});

describe('a run that is ended', () => {
  it('by the limit of its memory', async () => {
    const run = await lab.start({ ...NO_SHAPE, resources: { limits: { memory: '300Mi' } } });
    await say(run, ended(137, 'OOMKilled'));
    await exits(run).toMatchObject({
      final: true,
      error: { code: 'out_of_memory', message: expect.stringContaining('300Mi') },
    });
  });

  it('by an eviction', async () => {
    const run = await lab.start();
    await say(run, { phase: 'Failed', reason: 'Evicted', message: 'The node was low on resource: ephemeral-storage.' });
    await exits(run).toMatchObject({
      error: { code: 'evicted', message: expect.stringContaining('ephemeral-storage') },
    });
  });

  it('by the deletion of its Pod: no second one takes its place', async () => {
    const run = await lab.start();
    await say(run, runs);
    await expect.poll(() => listed(run)).toMatchObject({ state: 'running' });
    await cluster.delete(POD, { namespace: lab.namespace, name: await podOf(run) }, { graceSeconds: 0 });
    await exits(run).toMatchObject({ error: { code: 'node_lost' } });
    await expect.poll(() => lab.job(run), { timeout: 10_000 }).toBeUndefined();
    await expect.poll(() => lab.pods(run), { timeout: 10_000 }).toEqual([]);
  });

  it('by the removal of its Pod from its node: its last words are heard, however soon it is gone after them', async () => {
    const run = await lab.start();
    await say(run, runs);
    await expect.poll(() => listed(run)).toMatchObject({ state: 'running' });
    const pod = { namespace: lab.namespace, name: await podOf(run) };
    await say(run, ended(75, 'Error', endMessage(OUTCOME)!));
    await cluster.delete(POD, pod, { graceSeconds: 0 });
    await exits(run).toMatchObject({ outcome: OUTCOME });
  });

  it('by its first Pod, also for a controller that sees a later one first', async () => {
    const run = await lab.start();
    await say(run, runs);
    const [first] = await lab.pods(run);
    const { labels, creationTimestamp } = first!.metadata;
    // Times of creation are whole seconds.
    await expect
      .poll(() => Date.now() - Date.parse(String(creationTimestamp)), { timeout: 5000 })
      .toBeGreaterThan(2000);
    const own = Object.entries(labels!).filter(
      ([name]) => !/^(batch\.kubernetes\.io\/)?(controller-uid|job-name)$/.test(name),
    );
    const owner = { apiVersion: 'batch/v1', kind: 'Job', name: (await lab.job(run))!.metadata.name };
    const ref = { namespace: lab.namespace, name: 'a-later-one' };
    await cluster.create(POD, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        ...ref,
        labels: Object.fromEntries(own),
        ownerReferences: [{ ...owner, uid: (await lab.job(run))!.metadata.uid!, controller: false }],
      },
      spec: { containers: [{ name: 'runner', image: 'x' }], nodeSelector: { 'headgate.dev/none': 'yes' } },
    });
    await cluster.patch(POD, ref, { status: ended(75, 'Error') }, { manager: 'test', subresource: 'status' });
    const next = await lab.another();
    expect(await next.list()).toMatchObject([{ runId: run.id, state: 'running' }]);
  });

  it('by the deletion of its Job', async () => {
    const run = await lab.start();
    await cluster.delete(JOB, { namespace: lab.namespace, name: (await lab.job(run))!.metadata.name });
    await exits(run).toMatchObject({ reason: expect.stringContaining('was deleted') });
  });

  it('by stop, at once before it has started', async () => {
    const run = await lab.start();
    await podOf(run);
    await lab.runners.stop(run.id, 60_000);
    expect(lab.exitOf(run)).toBeDefined();
    expect(await lab.job(run)).toBeUndefined();
  });

  it('by stop, after the deadline when it goes on', async () => {
    const run = await lab.start();
    await say(run, runs);
    await expect.poll(() => listed(run)).toMatchObject({ state: 'running' });
    const before = Date.now();
    await lab.runners.stop(run.id, 1500);
    expect(Date.now() - before).toBeGreaterThanOrEqual(1400);
    expect(lab.exitOf(run)).toMatchObject({ reason: 'the runner was ended by force' });
    await expect.poll(() => lab.pods(run), { timeout: 10_000 }).toEqual([]);
  });

  it('by stop, and its last words are heard, however soon its Pod is gone after them', async () => {
    const run = await lab.start();
    await say(run, runs);
    await expect.poll(() => listed(run)).toMatchObject({ state: 'running' });
    const pod = { namespace: lab.namespace, name: await podOf(run) };
    const stopped = lab.runners.stop(run.id, 30_000);
    await say(run, ended(137, 'Error', endMessage(OUTCOME)!));
    await cluster.delete(POD, pod, { graceSeconds: 0 });
    await stopped;
    expect(lab.exitOf(run)).toMatchObject({ outcome: OUTCOME });
  });

  it('by nothing: stopping what does not run is no error', async () => {
    await lab.runners.stop('run_unknown', 1000);
  });
});
