/** What runs Pods, wired: Jobs, Deployments, checks. */
import { HeadgateError } from '../../foundation/errors.ts';
import type { Logger } from '../../foundation/log.ts';
import type { Cluster } from '../../controller/kubernetes/cluster.ts';
import { KubernetesChecks } from '../../controller/kubernetes/checks/kubernetes-checks.ts';
import type { OwnerOf } from '../../controller/kubernetes/pods/owner.ts';
import { SecretGuard } from '../../controller/kubernetes/pods/secret-guard.ts';
import { StoreSecrets } from '../../controller/kubernetes/pods/store-secret.ts';
import type { PodSettings } from '../../controller/kubernetes/pods/types.ts';
import { KubernetesRunners } from '../../controller/kubernetes/runners/kubernetes-runners.ts';
import type { OwnSecrets } from '../../controller/kubernetes/secrets/own.ts';
import { KubernetesStreams } from '../../controller/kubernetes/streams/kubernetes-streams.ts';
import type { LoopOptions } from '../../controller/options.ts';
import type { Checks } from '../../controller/ports.ts';
import { Handover } from '../../controller/runners/handover.ts';
import type { KubernetesOptions } from './kubernetes-options.ts';
import type { Ground } from './types.ts';

/** From the creation of a Job until its container runs, and from then until its runner reports, in milliseconds. */
const START_MS = 10 * 60_000;
const BOOT_MS = 60_000;
/** Pods of runs that failed stay so long for `kubectl logs`, in milliseconds. */
const KEEP_FAILED_MS = 3_600_000;
/** Connections that are checked at the same time, and how long the Pod of one may take to start, in milliseconds. */
const MAX_CHECKS = 8;
const CHECK_START_MS = 60_000;

export interface PodRunners {
  readonly checks: Checks;
  /** Secrets that nothing may refer to. */
  readonly own: OwnSecrets;
  /** Resolves when all that runs is known. */
  open(): Promise<void>;
  /** Throws until it is open. */
  loops(): Pick<LoopOptions, 'runners' | 'streams'>;
  /** How the copies are doing, by the plural of their type. */
  states(): Readonly<Record<string, ReturnType<KubernetesRunners['states']>['jobs']>>;
  close(): Promise<void>;
}

/** Writes go through `fenced`: only the leader's Pods are made. */
export function kubernetesRunners(
  { options, storeUrl, stores, clock }: Ground,
  wish: KubernetesOptions,
  {
    cluster,
    fenced,
    ownerOf,
    log,
  }: { readonly cluster: Cluster; readonly fenced: Cluster; readonly ownerOf: OwnerOf; readonly log: Logger },
): PodRunners {
  const { environment } = options;
  const storeSecret = wish.storeSecret ?? { name: `headgate-${environment}-store`, key: 'url' };
  const settings: PodSettings = { ...wish.pods, environment, storeSecret };
  const own: OwnSecrets = {
    storeSecret: storeSecret.name,
    ...(wish.pods.outputsS3?.secret === undefined ? {} : { outputsSecret: wish.pods.outputsS3.secret }),
    namespace: cluster.namespace,
    names: wish.ownSecrets,
  };
  const guard = new SecretGuard({ cluster, own });
  const handover = new Handover({ blobs: stores.store.blobs, clock });
  const writing = (through: Cluster): { storeSecrets?: StoreSecrets } =>
    wish.storeSecret === undefined
      ? { storeSecrets: new StoreSecrets({ cluster: through, secret: storeSecret, store: storeUrl, environment }) }
      : {};
  const shared = {
    cluster: fenced,
    ...(wish.namespaces === undefined ? {} : { namespaces: wish.namespaces }),
    ...writing(fenced),
    guard,
    handover,
    clock,
    log,
  };
  const runners = new KubernetesRunners({
    ...shared,
    settings,
    runs: stores.store.runs,
    ownerOf,
    maxRunners: options.maxRuns,
    keepFailedMs: KEEP_FAILED_MS,
    startMs: START_MS,
    bootMs: BOOT_MS,
  });
  let streams: KubernetesStreams | null = null;
  // Whoever answers the API checks connections, whether it leads or not.
  const checks = new KubernetesChecks({
    cluster,
    settings,
    handover,
    ...writing(cluster),
    guard,
    max: MAX_CHECKS,
    startMs: CHECK_START_MS,
    clock,
    log,
  });
  return {
    checks,
    own,
    open: async () => {
      await runners.open();
      streams = await KubernetesStreams.open({ ...shared, blobs: stores.store.blobs, pods: settings });
    },
    loops: () => {
      if (streams === null) throw new HeadgateError('unavailable', 'the cluster was not looked at yet');
      return { runners, streams };
    },
    states: () => ({ ...runners.states(), ...streams?.states() }),
    close: async () => {
      await Promise.all([runners.close(), streams?.close(), checks.close()]);
    },
  };
}
