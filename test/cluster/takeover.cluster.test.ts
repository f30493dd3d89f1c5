/**
 * What happens to runs while no controller is there, the next one makes good. Its predecessor is killed. No node runs the Pods:
 * where a kubelet would speak, the test does.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId, resourceId } from '../../foundation/ids.ts';
import { JOB, POD } from '../../controller/kubernetes/object-types.ts';
import { testCluster, testNamespace, type TestNamespace } from '../../controller/kubernetes/testing/cluster.ts';
import { installCrds } from '../../controller/kubernetes/testing/crds.ts';
import type { KubeObject } from '../../controller/kubernetes/types.ts';
import { sleep } from '../../foundation/time.ts';
import { openStore } from '../../store/open.ts';
import type { RunOutcome, RunRecord, Store } from '../../store/ports.ts';
import { eventually } from '../server.ts';
import { redisMissing, startRedis, type RedisServer } from '../servers/redis.ts';
import { startController, type ControllerProcess } from './controllers.ts';
import { apply } from './kubectl.ts';

const missing = await redisMissing();
const cluster = testCluster();
const pipeline = (name: string, more: string): string => `
apiVersion: headgate.dev/v1alpha1
kind: Pipeline
metadata: {name: ${name}}
spec:
  source: {connector: generator, settings: {rows: 3}, stream: orders}
  destination: {connector: stdout}
  retry: {attempts: 3, initial: 100ms, max: 100ms}
  runner: {podTemplate: {spec: {nodeSelector: {headgate.dev/none: 'yes'}}}, resources: {limits: {memory: 1Gi}}}
  schedule: {${more}}
`;
const SELDOM = "cron: '0 0 1 1 *', concurrencyPolicy: Allow";
const WAIT_MS = 60_000;

describe.skipIf(missing !== null)(`the next controller (${missing ?? 'Redis is there'})`, () => {
  let redis: RedisServer;
  let url: string;
  let store: Store;
  let space: TestNamespace;
  let controller: ControllerProcess | undefined;
  const start = async (): Promise<void> => {
    const at = { kubeconfig: process.env['KUBECONFIG']!, store: url, namespaces: [space.name] };
    controller = await startController({ ...at, args: ['--max-runs', '500'] });
  };
  beforeAll(async () => {
    await installCrds(cluster);
    redis = await startRedis();
    url = redis.fresh();
    store = await openStore(url);
    space = await testNamespace(cluster, 'hg-takeover');
    await apply(space.name, ['p', 'gone'].map((name) => pipeline(name, SELDOM)).join('---'));
    await start();
  }, WAIT_MS);
  afterAll(async () => {
    await controller?.kill();
    await space?.remove();
    await store?.close();
    await redis?.stop();
    await cluster.close();
  }, WAIT_MS);

  const idOf = (name: string): string => resourceId({ kind: 'Pipeline', namespace: space.name, name });
  const asked = async (name = 'p'): Promise<string> => {
    const where = { workspace: space.name, pipeline: name, pipelineId: idOf(name), triggeredBy: 'api' } as const;
    const wish = { fullRefresh: false, dryRun: false, variables: {}, createdAt: Date.now() };
    return (await store.runs.create({ id: newId('run'), ...where, ...wish })).run.id;
  };
  const of = async (type: typeof JOB, id: string): Promise<readonly KubeObject[]> =>
    (await cluster.list(type, { namespace: space.name, labels: `headgate.dev/run-id=${id}` })).items;
  const attempts = async (id: string): Promise<readonly number[]> =>
    (await of(JOB, id)).map(({ metadata }) => Number(metadata.labels!['headgate.dev/attempt']));
  const say = async (id: string, phase: string, state: object): Promise<void> => {
    const [pod] = await of(POD, id);
    const container = { name: 'runner', image: 'x', imageID: '', ready: false, restartCount: 0, state };
    const ref = { namespace: space.name, name: pod!.metadata.name };
    const status = { phase, containerStatuses: [container] };
    await cluster.patch(POD, ref, { status }, { manager: 'test', subresource: 'status' });
  };
  const end = (id: string, exitCode: number, reason = 'Error'): Promise<void> =>
    say(id, exitCode === 0 ? 'Succeeded' : 'Failed', {
      terminated: { exitCode, reason, finishedAt: new Date().toISOString() },
    });
  const done: () => RunOutcome = () => ({ status: 'success', finishedAt: Date.now(), rowsLoaded: 3 });
  const run = async (id: string): Promise<RunRecord | null> => store.runs.get(id);

  it('takes back what was lost meanwhile, records what is final, and clears away what nobody needs', async () => {
    const names = ['tempfail', 'noJob', 'noPod', 'done', 'memory', 'cancelled', 'gone'] as const;
    const pairs = await Promise.all(
      names.map(async (name) => [name, await asked(name === 'gone' ? 'gone' : 'p')] as const),
    );
    const ids = Object.fromEntries(pairs) as Record<(typeof names)[number], string>;
    await eventually(
      'a Pod for each run',
      async () => (await Promise.all(Object.values(ids).map((id) => of(POD, id)))).every((pods) => pods.length === 1),
      WAIT_MS,
    );
    const running = { running: { startedAt: new Date().toISOString() } };
    for (const id of Object.values(ids)) await say(id, 'Running', running);
    await controller!.kill();

    await end(ids.tempfail, 75);
    const [job] = await of(JOB, ids.noJob);
    await cluster.delete(JOB, { namespace: space.name, name: job!.metadata.name }, { propagation: 'Background' });
    const [first] = await of(POD, ids.noPod);
    await cluster.delete(POD, { namespace: space.name, name: first!.metadata.name }, { graceSeconds: 0 });
    await store.runs.finish(ids.done, 1, done());
    await end(ids.done, 0, 'Completed');
    await end(ids.memory, 137, 'OOMKilled');
    await store.runs.cancel(ids.cancelled, 'ann', Date.now());
    await end(ids.cancelled, 75);
    await store.runs.finish(ids.gone, 1, done());
    await store.runs.prune(idOf('gone'), 0);
    await end(ids.gone, 0, 'Completed');
    await start();

    const second = async (id: string): Promise<void> => {
      await eventually('the second attempt', async () => (await attempts(id)).includes(2), WAIT_MS);
      expect(await run(id)).toMatchObject({ status: 'running', attempt: 2 });
    };
    await second(ids.tempfail);
    await second(ids.noJob);
    const status = async (id: string): Promise<string | undefined> => (await run(id))?.status;
    await eventually('the end of the one without memory', async () => (await status(ids.memory)) === 'failed', WAIT_MS);
    expect(await run(ids.memory)).toMatchObject({ attempt: 1, error: { code: 'out_of_memory' } });
    await eventually('the cancellation', async () => (await status(ids.cancelled)) === 'cancelled', WAIT_MS);
    for (const id of [ids.done, ids.gone])
      await eventually('no Job', async () => (await of(JOB, id)).length === 0, WAIT_MS);
    expect(await run(ids.done)).toMatchObject({ status: 'success', attempt: 1 });
    expect(await run(ids.gone)).toBeNull();
    // The Job controller has made another Pod, or the controller another attempt; of whichever it is, one goes on.
    await eventually(
      'one Pod of the run that lost its own',
      async () => (await of(POD, ids.noPod)).length === 1,
      WAIT_MS,
    );
    const { status: state, attempt } = (await run(ids.noPod))!;
    expect([state, await attempts(ids.noPod)]).toEqual(['running', [attempt]]);
  }, 180_000);

  it('serves each occurrence once, and each has its Job, also when controllers are killed while they give runs out', async () => {
    await apply(space.name, pipeline('often', "cron: '* * * * * *', concurrencyPolicy: Allow, catchUp: all"));
    const occurrences = async (): Promise<readonly RunRecord[]> =>
      store.runs.list({ pipelineId: idOf('often'), limit: 1000 });
    for (let kill = 0; kill < 2; kill++) {
      const before = (await occurrences()).length;
      await eventually('another occurrence', async () => (await occurrences()).length > before, WAIT_MS);
      // Each time a little later in what follows the record of the run: its claim, its assignment, its Job.
      await sleep(kill * 15);
      await controller!.kill();
      await start();
    }
    const before = (await occurrences()).length;
    await eventually('those of the time in between', async () => (await occurrences()).length > before + 2, WAIT_MS);
    const times = (await occurrences()).map(({ scheduledFor }) => scheduledFor!).sort((a, b) => a - b);
    expect(times.map((at) => at - times[0]!)).toEqual(times.map((_, n) => n * 1000));
    const oldest = (await occurrences()).slice(-10);
    const astray = async (): Promise<readonly string[]> => {
      const found = await Promise.all(oldest.map(async ({ id }) => [await run(id), await attempts(id)] as const));
      return found
        .filter(([now, jobs]) => now?.status !== 'running' || jobs.filter((one) => one === now.attempt).length !== 1)
        .map(([now, jobs]) => `${now?.id} ${now?.status} attempt ${now?.attempt}, Jobs ${jobs.join(' ')}`);
    };
    await eventually('a Job of each run', async () => (await astray()).length === 0, WAIT_MS).catch(async () => {
      expect(await astray()).toEqual([]);
    });
  }, 240_000);
});
