/** Runs and checks in real Pods. Needs a node; `HEADGATE_TEST_IMAGE` names an image of this version that it has, and `HEADGATE_TEST_HOST` an address of this machine that Pods reach. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { newId } from '../../../foundation/ids.ts';
import { silentLogger } from '../../../foundation/log.ts';
import { startRedis, type RedisServer } from '../../../test/servers/redis.ts';
import type { RunRecord } from '../../../store/ports.ts';
import { Handover } from '../../runners/handover.ts';
import { KubernetesChecks } from '../checks/kubernetes-checks.ts';
import { JOB, NODE } from '../object-types.ts';
import { StoreSecrets } from '../pods/store-secret.ts';
import { podSettings } from '../pods/testing/wish.ts';
import { testCluster } from '../testing/cluster.ts';
import { installCrds } from '../testing/crds.ts';
import { NO_SHAPE, runnersLab, type RunnersLab } from './testing/lab.ts';

const cluster = testCluster();
const nodes = (await cluster.list(NODE, { limit: 1 })).items.length;
const image = process.env['HEADGATE_TEST_IMAGE'];
const host = process.env['HEADGATE_TEST_HOST'];
const missing = nodes === 0 ? 'no node' : image === undefined || host === undefined ? 'no image of this version' : null;

describe.skipIf(missing !== null)(missing === null ? 'Pods' : `Pods (${missing})`, () => {
  const settings = podSettings({ image: image!, imagePullPolicy: 'Never' });
  let redis: RedisServer;
  let lab: RunnersLab;
  let url: string;

  beforeAll(async () => {
    await installCrds(cluster);
    redis = await startRedis({ host: host! });
  });
  afterAll(async () => {
    await redis.stop();
    await cluster.close();
  });
  beforeEach(async () => {
    url = redis.fresh();
    lab = await runnersLab(cluster, { settings, storeUrl: url, bootMs: 15_000 });
  });
  afterEach(() => lab.close());

  const exits = (run: RunRecord) => expect.poll(() => lab.exitOf(run), { timeout: 60_000 });

  it('run what they are given, and are gone when that is over', async () => {
    const run = await lab.start();
    await exits(run).toMatchObject({ reason: 'the runner ended its run' });
    expect(await lab.store.runs.get(run.id)).toMatchObject({ status: 'success', rowsLoaded: 3 });
    await expect.poll(() => lab.job(run), { timeout: 20_000 }).toBeUndefined();
  });

  it('tell of an image that is not there', async () => {
    const other = await runnersLab(cluster, {
      settings: { ...settings, image: 'localhost/headgate-nowhere:1', imagePullPolicy: 'IfNotPresent' },
      storeUrl: url,
      startMs: 15_000,
    });
    try {
      const run = await other.start();
      await expect
        .poll(async () => (await other.runners.list())[0], { timeout: 14_000 })
        .toMatchObject({ waiting: { code: 'image_unavailable' } });
      await expect
        .poll(() => other.exitOf(run), { timeout: 20_000 })
        .toMatchObject({ error: { code: 'image_unavailable' } });
    } finally {
      await other.close();
    }
  });

  it('tell of an image that is no name, at once', async () => {
    const other = await runnersLab(cluster, { settings: { ...settings, image: 'No Name' }, storeUrl: url });
    try {
      const run = await other.start();
      await expect
        .poll(() => other.exitOf(run), { timeout: 20_000 })
        .toMatchObject({ final: true, error: { code: 'image_unavailable' } });
    } finally {
      await other.close();
    }
  });

  it('are ended by the kernel at the limit of their memory, and say so', async () => {
    // Node itself takes more than that.
    const run = await lab.start({ ...NO_SHAPE, resources: { limits: { memory: '24Mi' } } });
    await exits(run).toMatchObject({
      final: true,
      error: { code: 'out_of_memory', message: expect.stringContaining('24Mi') },
    });
  });

  it('end when their run is cancelled', async () => {
    const slow = {
      connector: 'generator',
      settings: { rows: 50_000_000 },
      stream: 'orders',
      name: 'input',
      pointer: '/spec/source',
    };
    const run = await lab.start(NO_SHAPE, { sources: [slow] });
    await expect.poll(async () => (await lab.store.runs.get(run.id))?.progress, { timeout: 60_000 }).not.toBeNull();
    await expect.poll(async () => (await lab.runners.list())[0]?.state, { timeout: 30_000 }).toBe('running');
    await lab.store.runs.cancel(run.id, 'a test', Date.now());
    await lab.runners.stop(run.id, 30_000);
    expect(await lab.store.runs.get(run.id)).toMatchObject({ status: 'cancelled' });
    expect(lab.exitOf(run)).toBeDefined();
  });

  it('check connections, and leave nothing behind', async () => {
    const checks = new KubernetesChecks({
      cluster,
      settings,
      handover: new Handover({ blobs: lab.store.blobs, clock: Date.now }),
      storeSecrets: new StoreSecrets({ cluster, secret: settings.storeSecret, store: url, environment: 'test' }),
      max: 1,
      startMs: 30_000,
      clock: Date.now,
      log: silentLogger(),
    });
    const { environment } = lab.assignment(await lab.claim());
    const endpoint = { name: 'c', connector: 'http', settings: { url: 'http://127.0.0.1:1/' }, pointer: '/spec' };
    const assignment = {
      checkId: newId('chk'),
      workspace: lab.namespace,
      endpoint,
      files: {},
      timeoutMs: 5000,
      environment,
    };
    const { signal } = new AbortController();
    const answer = checks.check(assignment, signal);
    await expect(checks.check({ ...assignment, checkId: newId('chk') }, signal)).rejects.toMatchObject({
      code: 'unavailable',
    });
    expect(await answer).toMatchObject({ ok: false, message: expect.stringContaining('127.0.0.1') });
    await expect
      .poll(async () => (await cluster.list(JOB, { namespace: lab.namespace })).items, { timeout: 10_000 })
      .toEqual([]);
    expect(await lab.store.blobs.list(`check/${assignment.checkId}`, Date.now())).toEqual([]);
    await checks.close();
  });
});
