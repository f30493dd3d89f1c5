/** Logs of runs: the Run is in the cluster, its log behind the API of a real server. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestApi, type TestApi } from '../../api/testing/harness.ts';
import { issueToken } from '../../api/tokens.ts';
import { conditionsFor, rest } from '../../controller/reconcile/step.ts';
import { STATUS_MANAGER } from '../../controller/kubernetes/names.ts';
import { typeOf } from '../../controller/kubernetes/object-types.ts';
import { testCluster, testNamespace, type TestNamespace } from '../../controller/kubernetes/testing/cluster.ts';
import { installCrds } from '../../controller/kubernetes/testing/crds.ts';
import type { KubeObject } from '../../controller/kubernetes/types.ts';
import { API_VERSION } from '../../crds/index.ts';
import { newId, resourceId } from '../../foundation/ids.ts';
import { cli, type CliResult } from '../testing/cli.ts';

const cluster = testCluster();
const RUN = typeOf('Run');
let server: TestApi;
let token: string;
let space: TestNamespace;

beforeAll(async () => {
  await installCrds(cluster);
  space = await testNamespace(cluster);
  server = await startTestApi();
  server.time.now = Date.now();
  const wish = { name: 'ann', environment: 'test', scopes: ['admin' as const], workspaces: null, expiresAt: null };
  const issued = issueToken(wish, Date.now());
  token = issued.secret;
  await server.store.tokens.create(issued.record);
  const source = { connector: 'generator', stream: 'orders' };
  await cluster.create(typeOf('Pipeline'), {
    apiVersion: API_VERSION,
    kind: 'Pipeline',
    metadata: { name: 'orders', namespace: space.name },
    spec: { source, destination: { connector: 'stdout' } },
  });
});
afterAll(async () => {
  await server.close();
  await space.remove();
  await cluster.close();
});

const kubectl = (...argv: string[]): Promise<CliResult> =>
  cli(['kubectl', ...argv, '-n', space.name, '--kubeconfig', process.env['KUBECONFIG']!], {
    env: { server: server.api.url, token },
  });

const WISH = { pipeline: 'orders', triggeredBy: 'manual', fullRefresh: false, dryRun: false, variables: {} } as const;

/** Does with a Run what the controller and a runner do: one run in the store that ends well, and the status of the Run. */
async function carryOut(run: KubeObject): Promise<string> {
  const { runs } = server.store;
  const { run: record } = await runs.create({
    ...WISH,
    id: newId('run'),
    workspace: space.name,
    pipelineId: resourceId({ kind: 'Pipeline', namespace: space.name, name: 'orders' }),
    createdAt: Date.now(),
  });
  const { id } = record;
  const now = Date.now();
  await runs.claim(id, { runner: 'r', revision: 'generation-1', generation: 1, now, leaseUntil: now + 60_000 });
  await setStatus(run, { phase: 'running', runId: id });
  await runs.appendLogs(id, [{ at: Date.now(), level: 'info', message: 'read 10 rows' }]);
  await runs.finish(id, 1, { status: 'success', finishedAt: Date.now(), rowsLoaded: 10 });
  const conditions = conditionsFor(rest('Succeeded', 'loaded 10 rows', 1000), [], 1, new Date().toISOString());
  await setStatus(run, { phase: 'success', runId: id, rowsLoaded: 10, conditions });
  return id;
}

async function setStatus({ metadata }: KubeObject, status: Readonly<Record<string, unknown>>): Promise<void> {
  const object = {
    apiVersion: API_VERSION,
    kind: 'Run',
    metadata: { name: metadata.name, namespace: space.name },
    status,
  };
  await cluster.apply(RUN, object, { manager: STATUS_MANAGER, force: true, subresource: 'status' });
}

describe('kubectl headgate', () => {
  it('run --follow shows the log, and how it ended', async () => {
    const followed = kubectl('run', 'orders', '--follow');
    const runs = async (): Promise<readonly KubeObject[]> => (await cluster.list(RUN, { namespace: space.name })).items;
    await expect.poll(runs, { timeout: 10_000 }).toHaveLength(1);
    const [run] = await runs();
    const id = await carryOut(run!);
    const { code, out } = await followed;
    expect(out).toMatch(/ INFO read 10 rows\n/);
    expect(out).toContain(`run/${run!.metadata.name} (${id}) success, 10 rows loaded\n`);
    expect(code).toBe(0);
    // By the id of the run, and by the name of the Run.
    for (const name of [id, run!.metadata.name]) {
      const { out: shown } = await kubectl('logs', name, '--json');
      expect(JSON.parse(shown)).toMatchObject({ level: 'info', message: 'read 10 rows' });
    }
  });

  it('logs of a run that failed before it wrote a line say why', async () => {
    const { runs } = server.store;
    const id = newId('run');
    const pipelineId = resourceId({ kind: 'Pipeline', namespace: space.name, name: 'orders' });
    const { run } = await runs.create({ ...WISH, id, workspace: space.name, pipelineId, createdAt: Date.now() });
    const now = Date.now();
    await runs.claim(run.id, { runner: 'r', revision: 'generation-1', generation: 1, now, leaseUntil: now + 60_000 });
    const error = { code: 'image_unavailable', message: 'Pod p has no image x:1', hint: 'see the Pod' } as const;
    await runs.finish(run.id, 1, { status: 'failed', finishedAt: Date.now(), rowsLoaded: 0, error });
    for (const more of [[], ['--follow']]) {
      const { code, out, err } = await kubectl('logs', run.id, ...more);
      expect({ code, out }).toEqual({ code: 0, out: '' });
      expect(err).toContain(`${run.id} has written no line; it is failed: Pod p has no image x:1\n`);
      expect(err).toContain('hint: see the Pod\n');
    }
  });
});
