/** For tests: a namespace with a pipeline, a store, and runners that start Jobs in it. */
import { newId, resourceId } from '../../../../foundation/ids.ts';
import { silentLogger } from '../../../../foundation/log.ts';
import { API_VERSION } from '../../../../crds/index.ts';
import type { ResolvedPipeline, RunAssignment } from '../../../../runner/spec.ts';
import { openStore } from '../../../../store/open.ts';
import type { RunRecord, Store } from '../../../../store/ports.ts';
import { temporaryStore } from '../../../../store/sqlite/temporary.ts';
import type { RunnerExit, RunnerShape } from '../../../ports.ts';
import { Handover } from '../../../runners/handover.ts';
import type { Cluster } from '../../cluster.ts';
import { JOB, POD, typeOf } from '../../object-types.ts';
import { ownerReference } from '../../pods/owner.ts';
import { StoreSecrets } from '../../pods/store-secret.ts';
import { podSettings } from '../../pods/testing/wish.ts';
import { testNamespace } from '../../testing/cluster.ts';
import type { KubeObject } from '../../types.ts';
import { KubernetesRunners, type KubernetesRunnersOptions } from '../kubernetes-runners.ts';
import { jobName } from '../names.ts';

export const NO_SHAPE: RunnerShape = { resources: {}, podTemplate: {} };

export interface RunnersLab {
  readonly namespace: string;
  readonly store: Store;
  readonly runners: KubernetesRunners;
  readonly exits: readonly RunnerExit[];
  /** Another controller in the same place. */
  another(): Promise<KubernetesRunners>;
  /** Claims a run and starts it, as the dispatcher does. */
  start(shape?: RunnerShape, pipeline?: Partial<ResolvedPipeline>): Promise<RunRecord>;
  claim(): Promise<RunRecord>;
  assignment(run: RunRecord, pipeline?: Partial<ResolvedPipeline>): RunAssignment;
  /** The Job of a run; undefined: there is none. */
  job(run: RunRecord): Promise<KubeObject | undefined>;
  pods(run: RunRecord): Promise<readonly KubeObject[]>;
  exitOf(run: RunRecord): RunnerExit | undefined;
  close(): Promise<void>;
}

const LEASE_MS = 10_000;

export async function runnersLab(
  cluster: Cluster,
  more: Partial<KubernetesRunnersOptions> & { readonly storeUrl?: string } = {},
): Promise<RunnersLab> {
  const temporary = await temporaryStore();
  const url = more.storeUrl ?? temporary.url;
  const [space, store] = await Promise.all([testNamespace(cluster), openStore(url)]);
  const namespace = space.name;
  const pipelineId = resourceId({ kind: 'Pipeline', namespace, name: 'p' });
  const spec = {
    source: { connector: 'generator', settings: { rows: 3 }, stream: 'orders' },
    destination: { connector: 'stdout' },
  };
  const object = { apiVersion: API_VERSION, kind: 'Pipeline', metadata: { name: 'p', namespace }, spec };
  await cluster.apply(typeOf('Pipeline'), object, { manager: 'test' });
  const settings = more.settings ?? podSettings();
  const opened: KubernetesRunners[] = [];
  const open = async (): Promise<KubernetesRunners> => {
    const runners = new KubernetesRunners({
      cluster,
      namespaces: [namespace],
      handover: new Handover({ blobs: store.blobs, clock: Date.now }),
      runs: store.runs,
      ownerOf: async ({ workspace, name }) => {
        const { metadata } = await cluster.get(typeOf('Pipeline'), { namespace: workspace, name });
        return ownerReference({ name, uid: metadata.uid! });
      },
      storeSecrets: new StoreSecrets({ cluster, secret: settings.storeSecret, store: url, environment: 'test' }),
      maxRunners: 4,
      keepFailedMs: 3_600_000,
      startMs: 60_000,
      bootMs: 0,
      clock: Date.now,
      log: silentLogger(),
      ...more,
      settings,
    });
    opened.push(runners);
    await runners.open();
    return runners;
  };
  const runners = await open();
  const exits: RunnerExit[] = [];
  runners.onExit((exit) => exits.push(exit));

  const claim = async (): Promise<RunRecord> => {
    const id = newId('run');
    const origin = { workspace: namespace, pipeline: 'p', pipelineId, triggeredBy: 'manual' } as const;
    const now = Date.now();
    await store.runs.create({ id, ...origin, fullRefresh: false, dryRun: false, variables: {}, createdAt: now });
    const claimed = { runner: runners.runnerId, revision: 'r', generation: 1, now, leaseUntil: now + LEASE_MS };
    return (await store.runs.claim(id, claimed))!;
  };
  const assignment = (run: RunRecord, pipeline: Partial<ResolvedPipeline> = {}): RunAssignment => ({
    runId: run.id,
    attempt: run.attempt,
    fullRefresh: false,
    dryRun: false,
    pipeline: {
      id: pipelineId,
      workspace: namespace,
      name: 'p',
      generation: 1,
      revision: 'r',
      sources: [
        { name: 'input', connector: 'generator', settings: { rows: 3 }, stream: 'orders', pointer: '/spec/source' },
      ],
      transforms: [],
      destinations: [
        {
          name: 'destination',
          connector: 'stdout',
          settings: {},
          mode: 'append',
          key: [],
          pointer: '/spec/destination',
        },
      ],
      retry: { attempts: 1, initial: 10, max: 10, jitter: false },
      timeoutMs: 60_000,
      variables: {},
      files: {},
      ...pipeline,
    },
    environment: { store: url, dataDir: '/nowhere', allowPaths: [], allowNetworks: [], leaseMs: LEASE_MS },
  });
  const nameOf = (run: RunRecord): string => jobName(run.id, run.attempt);
  return {
    namespace,
    store,
    runners,
    exits,
    another: open,
    claim,
    assignment,
    start: async (shape = NO_SHAPE, pipeline = {}) => {
      const run = await claim();
      await runners.start(assignment(run, pipeline), shape);
      return run;
    },
    job: async (run) => (await cluster.list(JOB, { namespace, fields: `metadata.name=${nameOf(run)}` })).items[0],
    pods: async (run) => (await cluster.list(POD, { namespace, labels: `job-name=${nameOf(run)}` })).items,
    exitOf: (run) => exits.find(({ runId }) => runId === run.id),
    close: async () => {
      await Promise.all(opened.map((each) => each.close()));
      await cluster
        .patch(typeOf('Pipeline'), { namespace, name: 'p' }, { metadata: { finalizers: null } }, { manager: 'test' })
        .catch(() => undefined);
      await space.remove();
      await store.close();
      await temporary.dispose();
    },
  };
}
