/** `kubectl headgate` against a real API server; the statuses are written as the controller writes them. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { resourceId } from '../../foundation/ids.ts';
import { API_VERSION } from '../../crds/index.ts';
import { conditionsFor, GO, stall } from '../../controller/reconcile/step.ts';
import {
  INSTALLATION_ANNOTATION,
  PIPELINE_LABEL,
  RUN_LABEL,
  STATUS_MANAGER,
} from '../../controller/kubernetes/names.ts';
import { CRD, JOB, NODE, POD, typeOf } from '../../controller/kubernetes/object-types.ts';
import { testCluster, testNamespace, type TestNamespace } from '../../controller/kubernetes/testing/cluster.ts';
import { installCrds } from '../../controller/kubernetes/testing/crds.ts';
import type { KubeObject, NewObject } from '../../controller/kubernetes/types.ts';
import { explained } from './errors.ts';
import { SERVICE } from './installation.ts';
import { cli, type CliResult } from '../testing/cli.ts';
import { CORE_EVENT } from './shapes.ts';

const cluster = testCluster();
const kubeconfig = process.env['KUBECONFIG']!;
const PIPELINE = typeOf('Pipeline');
const RUN = typeOf('Run');
const hasNode = (await cluster.list(NODE)).items.length > 0;
let space: TestNamespace;

beforeAll(async () => {
  await installCrds(cluster);
  space = await testNamespace(cluster);
  for (const name of ['orders', 'invoices']) await cluster.create(PIPELINE, pipeline(name));
});
afterAll(async () => {
  await space.remove();
  await cluster.close();
});

const pipeline = (name: string): NewObject => ({
  apiVersion: API_VERSION,
  kind: 'Pipeline',
  metadata: { name, namespace: space.name },
  spec: {
    source: { connector: 'file', settings: { path: 'in.csv' } },
    destination: { connector: 'file', settings: { path: 'out.csv' } },
  },
});

/** Runs `headgate kubectl …` in the namespace of the test. */
const kubectl = (...argv: string[]): Promise<CliResult> =>
  cli(['kubectl', ...argv, '--kubeconfig', kubeconfig, '-n', space.name]);

async function setStatus(object: KubeObject, status: Readonly<Record<string, unknown>>): Promise<void> {
  const { apiVersion, kind, metadata } = object;
  const { name, namespace } = metadata;
  await cluster.apply(
    typeOf(kind as 'Pipeline' | 'Run'),
    { apiVersion, kind, metadata: { name, namespace: namespace! }, status },
    { manager: STATUS_MANAGER, force: true, subresource: 'status' },
  );
}

const annotations = async (name: string): Promise<Readonly<Record<string, string>>> =>
  (await cluster.get(PIPELINE, { namespace: space.name, name })).metadata.annotations ?? {};

const NOW = '2026-01-01T00:00:00Z';
const now = (): string => new Date().toISOString();

describe('wishes', () => {
  it('pause, resume and reconcile are annotations', async () => {
    expect(await kubectl('pause', 'orders')).toMatchObject({ code: 0, out: 'pipeline/orders paused\n' });
    expect(await annotations('orders')).toMatchObject({ 'headgate.dev/paused': 'true' });
    expect(await kubectl('resume', 'orders')).toMatchObject({ code: 0, out: 'pipeline/orders resumed\n', err: '' });
    expect(await annotations('orders')).not.toHaveProperty('headgate.dev/paused');
    expect(await kubectl('sync', 'pipeline/orders')).toMatchObject({
      code: 0,
      out: 'pipeline/orders to be looked at\n',
    });
    const requested = (await annotations('orders'))['headgate.dev/requestedAt']!;
    expect(Date.now() - Date.parse(requested)).toBeLessThan(10_000);
  });

  it('resume says when the author paused the pipeline', async () => {
    await cluster.create(PIPELINE, {
      ...pipeline('off'),
      spec: { ...(pipeline('off')['spec'] as object), enabled: false },
    });
    expect((await kubectl('resume', 'off')).err).toContain('enabled: false');
  });

  it('reconcile --wait waits until the status tells of it', async () => {
    const parent = await cluster.create(PIPELINE, pipeline('seen'));
    const waited = kubectl('reconcile', 'seen', '--wait');
    const wish = await expect
      .poll(async () => (await annotations('seen'))['headgate.dev/requestedAt'], { timeout: 10_000 })
      .toBeDefined()
      .then(async () => (await annotations('seen'))['headgate.dev/requestedAt']!);
    await setStatus(parent, { lastHandledReconcileAt: wish, conditions: conditionsFor(GO, [], 1, NOW) });
    expect(await waited).toMatchObject({ code: 0, err: '' });
    const late = await kubectl('reconcile', 'seen', '--wait', '--timeout', '500ms');
    expect(late).toMatchObject({ code: 6 });
    expect(late.err).toContain('was not looked at in time');
  });

  it('run creates a Run', async () => {
    const { code, out } = await kubectl('run', 'orders', '--full-refresh', '--var', 'REGION=eu', '--json');
    expect(code).toBe(0);
    const made = JSON.parse(out) as KubeObject;
    expect(made.metadata.name).toMatch(/^orders-/);
    const stored = await cluster.get(RUN, { namespace: space.name, name: made.metadata.name });
    expect(stored['spec']).toMatchObject({ pipeline: 'orders', fullRefresh: true, variables: { REGION: 'eu' } });
  });

  it.each([
    [
      { phase: 'success', runId: 'run_1', rowsLoaded: 1200, conditions: conditionsFor(GO, [], 1, NOW) },
      { code: 0, out: 'success, 1,200 rows loaded', err: '' },
    ],
    [
      {
        phase: 'failed',
        runId: 'run_2',
        message: 'the source answered 500',
        conditions: conditionsFor(GO, [], 1, NOW),
      },
      { code: 1, out: 'failed', err: 'the source answered 500' },
    ],
    [
      {
        conditions: conditionsFor(
          stall({ code: 'reference_not_found', message: 'there is no such pipeline' }),
          [],
          1,
          NOW,
        ),
      },
      { code: 5, out: '', err: 'there is no such pipeline' },
    ],
  ])('run --wait tells how it ended: %#', async (status, { code, out, err }) => {
    const { metadata } = await cluster.create(PIPELINE, {
      ...pipeline('x'),
      metadata: { generateName: 'w-', namespace: space.name },
    });
    const waited = kubectl('run', metadata.name, '--wait');
    const run = await expect
      .poll(async () => (await runsOf(metadata.name))[0], { timeout: 10_000 })
      .toBeDefined()
      .then(async () => (await runsOf(metadata.name))[0]!);
    await setStatus(run, status);
    const ended = await waited;
    expect(ended.code).toBe(code);
    expect(ended.out).toContain(out);
    expect(ended.err).toContain(err);
  });

  it('run --timeout leaves the run alone', async () => {
    const { code, err } = await kubectl('run', 'invoices', '--timeout', '1s');
    expect(code).toBe(124);
    expect(err).toContain('goes on');
    expect(await runsOf('invoices')).toHaveLength(1);
  });
});

async function runsOf(name: string): Promise<KubeObject[]> {
  const { items } = await cluster.list(RUN, { namespace: space.name });
  return items.filter((run) => (run['spec'] as { pipeline: string }).pipeline === name);
}

describe('what there is', () => {
  it('status shows a pipeline with its Runs, Jobs, Pods and events', async () => {
    const parent = await cluster.create(PIPELINE, pipeline('tree'));
    await setStatus(parent, {
      phase: 'active',
      observedGeneration: 1,
      conditions: conditionsFor(GO, [], 1, now()),
      lastRun: { id: 'run_3', status: 'running' },
    });
    const run = await cluster.create(RUN, {
      apiVersion: API_VERSION,
      kind: 'Run',
      metadata: { name: 'tree-again', namespace: space.name },
      spec: { pipeline: 'tree' },
    });
    await setStatus(run, { phase: 'running', runId: 'run_3', conditions: conditionsFor(GO, [], 1, now()) });
    const job = await cluster.create(JOB, jobOf('tree'));
    const pod = await expect
      .poll(async () => (await podsOf('tree'))[0], { timeout: 20_000 })
      .toBeDefined()
      .then(async () => (await podsOf('tree'))[0]!);
    await cluster.create(CORE_EVENT, eventAbout(pod));
    const { code, out, err } = await kubectl('status', 'tree');
    expect(err).toBe('');
    expect(code).toBe(0);
    expect(out).toContain('Pipeline/tree  active');
    expect(out).toContain('├─ Run/tree-again  running');
    expect(out).toContain(`└─ Job/${job.metadata.name}`);
    expect(out).toContain(`   └─ Pod/${pod.metadata.name}`);
    expect(out).toMatch(/Conditions:\nTYPE +STATUS[^\n]*\nReady +True +Ready/);
    expect(out).toMatch(/Events:\n[\s\S]*Warning +Failed +Pod\/tree-[^\n]* no such image/);
    const shown = JSON.parse((await kubectl('tree', 'tree', '--json')).out) as Record<string, unknown[]>;
    expect(shown['jobs']).toHaveLength(1);
    expect(shown['pods']).toHaveLength(1);
    const events = JSON.parse((await kubectl('events', 'tree', '--json')).out) as { reason: string }[];
    expect(events.map(({ reason }) => reason)).toContain('Failed');
  });

  it('status without a name shows all, and why one is not ready', async () => {
    const parent = await cluster.create(PIPELINE, pipeline('broken'));
    const error = { code: 'reference_not_found', message: 'there is no connection' } as const;
    await setStatus(parent, { phase: 'error', conditions: conditionsFor(stall(error), [], 1, NOW) });
    const { out } = await kubectl('status');
    expect(out).toMatch(/^broken +error +- +- +there is no connection$/m);
    expect(out).toMatch(/^orders +pending/m);
  });
});

const jobOf = (name: string): NewObject => ({
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: { name, namespace: space.name, labels: labelsOf(name) },
  spec: {
    backoffLimit: 0,
    template: {
      metadata: { labels: { ...labelsOf(name), [RUN_LABEL]: `run_${name}` } },
      spec: {
        restartPolicy: 'Never',
        containers: [
          {
            name: 'runner',
            image: 'localhost/busybox:1',
            imagePullPolicy: 'Never',
            command: ['sh', '-c', 'echo first line; echo second line'],
          },
        ],
      },
    },
  },
});

const labelsOf = (name: string): Readonly<Record<string, string>> => ({
  [PIPELINE_LABEL]: resourceId({ kind: 'Pipeline', namespace: space.name, name }),
});

const podsOf = async (name: string): Promise<readonly KubeObject[]> =>
  (await cluster.list(POD, { namespace: space.name, labels: `${RUN_LABEL}=run_${name}` })).items;

const eventAbout = ({ metadata: { name, namespace, uid } }: KubeObject): NewObject => ({
  apiVersion: 'v1',
  kind: 'Event',
  metadata: { generateName: 'failed-', namespace: namespace! },
  involvedObject: { apiVersion: 'v1', kind: 'Pod', name, namespace, uid },
  type: 'Warning',
  reason: 'Failed',
  message: 'no such image',
  firstTimestamp: now().replace(/\.\d+/, ''),
  lastTimestamp: now().replace(/\.\d+/, ''),
  count: 2,
});

describe('logs', () => {
  it.skipIf(!hasNode)(`of Pods${hasNode ? '' : ' (this cluster has no node)'}`, async () => {
    await cluster.create(PIPELINE, pipeline('talks'));
    await cluster.create(JOB, jobOf('talks'));
    const isDone = async (): Promise<unknown> => (await podsOf('talks'))[0]?.['status'];
    await expect.poll(isDone, { timeout: 30_000 }).toMatchObject({ phase: 'Succeeded' });
    expect(await kubectl('logs', 'run_talks', '--pods')).toMatchObject({ code: 0, out: 'first line\nsecond line\n' });
    const lines = (await kubectl('logs', 'run_talks', '--pods', '--json')).out;
    expect(lines).toMatch(/^\{"pod":"talks-[^"]+","line":"first line"\}\n/);
  });

  it('of what has not run, and of Pods that are gone', async () => {
    const { code, err } = await kubectl('logs', 'run_gone', '--pods');
    expect(code).toBe(4);
    expect(err).toContain('leave --pods out');
    const young = await kubectl('logs', 'orders');
    expect(young.code).toBe(5);
    expect(young.err).toContain("'orders' has not run yet");
  });
});

describe('the API of Headgate', () => {
  let installed: TestNamespace;
  const service = (namespace: string, ports: readonly object[]): Promise<KubeObject> =>
    cluster.create(SERVICE, {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { generateName: 'headgate-', namespace, labels: { 'app.kubernetes.io/part-of': 'headgate' } },
      spec: { ports, selector: { 'app.kubernetes.io/name': 'nobody' } },
    });
  const announce = (namespace: string | null): Promise<KubeObject> =>
    cluster.patch(
      CRD,
      { name: 'pipelines.headgate.dev' },
      { metadata: { annotations: { [INSTALLATION_ANNOTATION]: namespace } } },
      { manager: 'headgate-tests' },
    );

  beforeAll(async () => {
    installed = await testNamespace(cluster);
    await service(installed.name, [{ name: 'redis', port: 6379 }]);
    await service(installed.name, [{ name: 'http', port: 8080 }]);
    // Of somebody who would like to have tokens.
    await service(space.name, [{ name: 'http', port: 8080 }]);
    await announce(null);
  });
  afterAll(async () => {
    await announce(null);
    await installed.remove();
  });

  it('is nowhere that only looks like it: no token goes there', async () => {
    const { code, err } = await kubectl('logs', 'run_1', '--token', 'any');
    expect(code).toBe(4);
    expect(err).toContain('it is not known where in this cluster Headgate is installed');
    expect(err).toContain(
      '--installation or HEADGATE_INSTALLATION (Services with its label, which anybody can give to one, are in ',
    );
    expect(err).toContain(space.name);
  });

  it('is in the namespace that is named, and is asked through kubectl: the error says why that does not work', async () => {
    const { code, err } = await kubectl('logs', 'run_1', '--token', 'any', '--installation', installed.name);
    expect(code).toBe(6);
    expect(err).toContain('no way to the API of Headgate: kubectl port-forward: ');
  });

  it('is in the namespace of the flag, of the environment, or of the definitions: there a token is looked for', async () => {
    const noToken = {
      code: 3,
      err: expect.stringContaining(`namespace '${installed.name}' holds a token for the API`),
    };
    expect(await kubectl('logs', 'run_1', '--installation', installed.name)).toMatchObject(noToken);
    const argv = ['kubectl', 'logs', 'run_1', '--kubeconfig', kubeconfig, '-n', space.name];
    const env = { installation: installed.name };
    expect(await cli(argv, { env })).toMatchObject(noToken);
    await announce(installed.name);
    expect(await kubectl('logs', 'run_1')).toMatchObject(noToken);
    await announce('nowhere');
    const { code, err } = await kubectl('logs', 'run_1', '--token', 'any');
    await announce(null);
    expect(code).toBe(4);
    expect(err).toContain("no Service of Headgate is in namespace 'nowhere'");
  });

  it('is chosen by name where there are several', async () => {
    const { metadata } = await service(installed.name, [{ name: 'http', port: 8080 }]);
    const named = (place: string): Promise<CliResult> => kubectl('logs', 'run_1', '--installation', place);
    const { code, err } = await named(installed.name);
    expect(code).toBe(4);
    expect(err).toContain('several Services of Headgate');
    expect(err).toContain(`choose with --installation ${installed.name}/headgate-`);
    expect((await named(`${installed.name}/${metadata.name}`)).code).toBe(3);
    expect((await named(`${installed.name}/none`)).err).toContain("no Service of Headgate named 'none'");
    expect((await named('a/b/c')).err).toContain("'a/b/c' names no installation");
  });

  it('is asked at the address that is given', async () => {
    const { code, err } = await kubectl('logs', 'run_1', '--server', 'http://127.0.0.1:1', '--token', 'any');
    expect(code).toBe(6);
    expect(err).toContain('--server');
  });
});

describe('errors', () => {
  it('a name that is nearly right', async () => {
    const { code, err } = await kubectl('pause', 'ordres');
    expect(code).toBe(4);
    expect(err).toBe(`error: there is no Pipeline 'ordres' in namespace '${space.name}'\nhint: did you mean orders?\n`);
  });

  it('a name of another namespace', async () => {
    const empty = await testNamespace(cluster);
    const { err } = await cli(['kubectl', 'status', 'invoices', '--kubeconfig', kubeconfig, '-n', empty.name]);
    await empty.remove();
    expect(err).toContain(`there is one in ${space.name}`);
  });

  it('a kind that is none', async () => {
    expect((await kubectl('reconcile', 'pipelin/orders')).err).toContain('did you mean pipeline?');
    expect((await kubectl('reconcile', 'repo/none')).err).toContain("there is no Repository 'none'");
  });

  it('no kubeconfig, and no such context', async () => {
    const none = await cli(['kubectl', 'status', '--kubeconfig', '/nonexistent/config']);
    expect(none).toMatchObject({ code: 1 });
    expect(none.err).toContain('the kubeconfig cannot be used');
    const wrong = await kubectl('status', '--context', 'elsewhere');
    expect(wrong.code).not.toBe(0);
    expect(wrong.err).toContain('elsewhere');
  });

  it('no right to do it', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'headgate-kubeconfig-'));
    const file = join(folder, 'config');
    const config = parse(await readFile(kubeconfig, 'utf8')) as {
      users: { user: Record<string, unknown> }[];
    };
    config.users[0]!.user['as'] = 'system:serviceaccount:default:default';
    await writeFile(file, JSON.stringify(config));
    const { code, err } = await cli(['kubectl', 'pause', 'orders', '--kubeconfig', file, '-n', space.name]);
    await rm(folder, { recursive: true });
    expect(code).toBe(3);
    expect(err).toContain('cannot get resource "pipelines"');
    expect(err).toContain('kubectl auth can-i');
  });

  it('a cluster without Headgate', async () => {
    const type = { ...PIPELINE, plural: 'nothings' };
    const error = await cluster.list(type).catch((thrown: unknown) => thrown);
    expect(explained(error)).toMatchObject({ code: 'not_found', hint: expect.stringContaining('chart') as string });
  });
});
