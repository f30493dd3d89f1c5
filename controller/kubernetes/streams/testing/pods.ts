/** For tests: streams in Pods of a cluster with a node. The store and the destinations are processes of this machine. */
import { resourceId } from '../../../../foundation/ids.ts';
import { silentLogger } from '../../../../foundation/log.ts';
import { API_VERSION } from '../../../../crds/index.ts';
import { startRedis } from '../../../../test/servers/redis.ts';
import { streamLab, type StreamLab } from '../../../../test/streams.ts';
import type { WantedStream } from '../../../ports.ts';
import { Handover } from '../../../runners/handover.ts';
import type { Cluster } from '../../cluster.ts';
import { PIPELINE_LABEL } from '../../names.ts';
import { NODE, POD, SECRET, typeOf } from '../../object-types.ts';
import { podSettings } from '../../pods/testing/wish.ts';
import type { PodSettings } from '../../pods/types.ts';
import { testNamespace } from '../../testing/cluster.ts';
import { installCrds } from '../../testing/crds.ts';
import type { KubeObject } from '../../types.ts';
import { KubernetesStreams } from '../kubernetes-streams.ts';
import { REPORTS } from '../names.ts';
import { parseReport } from '../reports.ts';

/** Where Pods of `test/cluster/kube` reach this machine; `HEADGATE_TEST_HOST` names another address. */
const BRIDGE = '10.244.0.1';
const STORE = { name: 'headgate-store', key: 'url' };

export interface StreamPods {
  readonly streams: KubernetesStreams;
  readonly lab: StreamLab;
  readonly host: string;
  readonly namespace: string;
  /** Another controller that looks at the same. */
  open(more?: Partial<PodSettings>): Promise<KubernetesStreams>;
  declare(name: string, url: string, shape?: Partial<WantedStream['shape']>): Promise<Omit<WantedStream, 'hash'>>;
  /** Those of a pipeline that are there. */
  pods(pipelineId: string): Promise<readonly KubeObject[]>;
  /** The name of the one that delivers, as it says. */
  holder(pipelineId: string): Promise<string>;
  /** `kubectl delete pod --force --grace-period=0` of that one. */
  kill(pipelineId: string): Promise<void>;
  close(): Promise<void>;
}

/** Why Pods cannot be tried here, or null. They need a node, and an image of this project that is on it. */
export async function podsMissing(cluster: Cluster, image: string | undefined): Promise<string | null> {
  if ((await cluster.list(NODE)).items.length === 0) return 'the cluster has no node';
  if (image === undefined) return 'HEADGATE_TEST_IMAGE names no image';
  return null;
}

export async function streamPods(cluster: Cluster, image: string): Promise<StreamPods> {
  const host = process.env['HEADGATE_TEST_HOST'] ?? BRIDGE;
  await installCrds(cluster);
  const space = await testNamespace(cluster);
  const redis = await startRedis({ host });
  const url = redis.fresh();
  const lab = await streamLab(url);
  const metadata = { name: STORE.name, namespace: space.name };
  await cluster.create(SECRET, { apiVersion: 'v1', kind: 'Secret', metadata, stringData: { [STORE.key]: url } });
  const { blobs } = lab.store;
  const open = (more: Partial<PodSettings> = {}): Promise<KubernetesStreams> =>
    KubernetesStreams.open({
      cluster,
      blobs,
      handover: new Handover({ blobs, clock: Date.now }),
      pods: podSettings({ image, imagePullPolicy: 'Never', storeSecret: STORE, ...more }),
      namespaces: [space.name],
      log: silentLogger(),
      clock: Date.now,
      graceMs: 5000,
    });
  const streams = await open();
  const pods = async (pipelineId: string): Promise<readonly KubeObject[]> =>
    (await cluster.list(POD, { namespace: space.name, labels: `${PIPELINE_LABEL}=${pipelineId}` })).items;
  const holder = async (pipelineId: string): Promise<string> => {
    const reports = (await blobs.list(`${REPORTS}${pipelineId}/`, Date.now())).flatMap(
      (entry) => parseReport(entry) ?? [],
    );
    const running = reports.find(({ report }) => report.state === 'running');
    if (running === undefined) throw new Error(`nobody says that it delivers ${pipelineId}`);
    return running.report.pod;
  };
  return {
    streams,
    lab,
    host,
    namespace: space.name,
    open,
    declare: async (name, to, shape = {}) => {
      const id = resourceId({ kind: 'Pipeline', namespace: space.name, name });
      const destinations = [{ connector: 'http', settings: { url: to } }];
      const spec = { source: { connector: 'events' }, destination: destinations[0] };
      const object = { apiVersion: API_VERSION, kind: 'Pipeline', metadata: { name, namespace: space.name }, spec };
      await cluster.apply(typeOf('Pipeline'), object, { manager: 'test', force: true });
      const more = { id, name, workspace: space.name, destinations, allowNetworks: [`${host}/32`] };
      return { assignment: lab.assignment(more), shape: { resources: {}, podTemplate: {}, replicas: 1, ...shape } };
    },
    pods,
    holder,
    kill: async (pipelineId) => {
      const ref = { namespace: space.name, name: await holder(pipelineId) };
      await cluster.delete(POD, ref, { graceSeconds: 0 });
    },
    close: async () => {
      await streams.close();
      await space.remove();
      await lab.close();
      await redis.stop();
    },
  };
}
