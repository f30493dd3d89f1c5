/** The Kubernetes platform: resources from its API, runners as Jobs and Deployments, one process that leads. */
import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { HeadgateError, messageOf } from '../../foundation/errors.ts';
import { parseRefKey } from '../../foundation/ids.ts';
import { sleep } from '../../foundation/time.ts';
import { Controller } from '../../controller/controller.ts';
import type { Cluster } from '../../controller/kubernetes/cluster.ts';
import { connectCluster } from '../../controller/kubernetes/connect.ts';
import { Election } from '../../controller/kubernetes/election/election.ts';
import { EventRecorder } from '../../controller/kubernetes/events/recorder.ts';
import { openKubernetesResources } from '../../controller/kubernetes/resources/open.ts';
import { isOwnSecret } from '../../controller/kubernetes/secrets/own.ts';
import { KubernetesSecrets } from '../../controller/kubernetes/secrets/kubernetes-secrets.ts';
import type { Resources } from '../../controller/ports.ts';
import { DEFAULT_WORKSPACE } from '../../controller/sync/read.ts';
import { ServiceAccounts } from '../../api/access/service-accounts.ts';
import { controllerOptions } from './controller-options.ts';
import { clusterMetrics } from './kubernetes-metrics.ts';
import type { KubernetesOptions } from './kubernetes-options.ts';
import { kubernetesRunners } from './kubernetes-runners.ts';
import { openOutputsS3 } from './outputs-s3.ts';
import { referableEnvironment, references } from './references.ts';
import { declareRepository } from './repository.ts';
import type { Ground, Platform, Started } from './types.ts';

/** How long the start waits for the cluster; after that it goes on in the background, and the server is not ready, in milliseconds. */
const OPEN_MS = 30_000;
/** Events that are still to be written when it ends may take so long, in milliseconds. */
const EVENTS_MS = 2000;

export async function openKubernetes(ground: Ground, wish: KubernetesOptions, started: Started): Promise<Platform> {
  const { options, storeUrl, clock } = ground;
  if (!/^rediss?:/i.test(storeUrl)) {
    throw new HeadgateError('invalid_request', 'Kubernetes needs a store that Pods can reach', {
      hint: 'name a Redis with --store redis://host:6379, or HEADGATE_STORE',
    });
  }
  const log = options.log.child({ module: 'kubernetes' });
  const remoteOutputs = wish.outputsS3 === undefined ? undefined : await openOutputsS3(wish.outputsS3, options);
  if (remoteOutputs !== undefined) started.push({ close: () => remoteOutputs.objects.close() });
  const cluster = connect(wish, options.env);
  started.push({ close: () => cluster.close() });
  const identity = `${hostname()}_${randomBytes(4).toString('hex')}`;
  // Renewing the Lease is never to wait for what this process does with its leadership.
  const forElection = cluster.apart();
  started.push({ close: () => forElection.close() });
  const election: Election = new Election({
    cluster: forElection,
    namespace: cluster.namespace,
    name: `headgate-${options.environment}`,
    identity,
    lead: () => lead(),
    rest: () => controller.stop(),
    log,
  });
  const fenced = cluster.fencedBy(() => election.fence());
  started.push({ close: () => fenced.close() });
  const { namespaces } = wish;
  const selection = namespaces === undefined ? {} : { namespaces };
  const copies = openKubernetesResources({ cluster, ...selection, log });
  started.push({ close: () => copies.close() });
  const { resources } = copies;
  const ofLoops = copies.through(fenced);
  const runners = kubernetesRunners(ground, wish, { cluster, fenced, ownerOf: copies.ownerOf, log });
  started.push({ close: () => runners.close() });
  const secrets = new KubernetesSecrets({
    cluster,
    ...selection,
    isOwn: (namespace, name) => isOwnSecret(runners.own, namespace, name),
    clock,
  });
  const home = new Set([cluster.namespace, ...(options.repo === null ? [] : [homeOf(cluster, namespaces)])]);
  const spans = (namespace: string): boolean => home.has(namespace);
  // As `kubectl -n` does; but what names no namespace is not to run beside the installation and its Secrets.
  const unnamed = (namespace: string): string => (namespace === cluster.namespace ? DEFAULT_WORKSPACE : namespace);
  // Variables and files of this Pod are the operator's: who may declare a Repository elsewhere has no right to them.
  const ofHome = references(referableEnvironment(options.env), options.allowPaths, secrets);
  const ofOthers = references({}, [], secrets);
  const resolve: typeof ofHome = (text, place) => (spans(place.workspace) ? ofHome : ofOthers)(text, place);
  const recorder = new EventRecorder({ cluster: fenced, instance: identity, clock, log });
  let opened = false;
  const failed = Promise.withResolvers<unknown>();
  let trouble = 'the cluster was not looked at yet';
  const notReady = (): readonly string[] => {
    if (!opened) return [trouble];
    if (wish.role === 'api' || !election.state().leading) return [];
    return controller.working ? [] : ['the leader is starting or stopping'];
  };
  const controller: Controller = new Controller(
    {
      ...controllerOptions(ground, resources, resolve),
      ...(wish.outputs === undefined ? {} : { outputsDir: wish.outputs }),
      ...(remoteOutputs === undefined ? {} : { objects: remoteOutputs.objects }),
      checks: runners.checks,
      spans,
      unnamed,
    },
    { loops: () => ({ ...runners.loops(), resources: ofLoops, announce: recorder.announce }), notReady },
  );
  started.push({ close: () => controller.close() });
  const repository = { ...options, namespace: homeOf(cluster, namespaces) };
  const lead = (): Promise<void> =>
    controller.start(async () => {
      if (options.repo !== null) await declareRepository(options.repo, repository, ofLoops);
    });
  const open = async (): Promise<void> => {
    await copies.synced;
    if (wish.role !== 'api') {
      await runners.open();
      election.start();
    }
    opened = true;
  };
  clusterMetrics(ground.metrics, { copies, runners, election, controller });
  return {
    resources,
    secrets,
    controller,
    ...(wish.outputs === undefined ? {} : { outputsDir: wish.outputs }),
    ...(remoteOutputs === undefined ? {} : { remoteOutputs }),
    ...(wish.serviceAccounts
      ? {
          access: new ServiceAccounts({
            cluster,
            environment: options.environment,
            namespaces: async () => namespaces ?? (await namespacesOf(resources)),
            log,
          }),
        }
      : {}),
    repositoryId: null,
    resolveReference: (text, variables, workspace) =>
      resolve(text, { workspace, variables, pointer: '/spec/source/settings' }),
    start: async () => {
      const opening = open();
      opening.catch((error: unknown) => {
        trouble = `the cluster cannot be looked at: ${messageOf(error)}`;
        log.error({ error: messageOf(error) }, 'the cluster cannot be looked at');
        // Such as a right that is not there yet, while an API server starts: nothing here tries it again.
        failed.resolve(error);
      });
      const late = new AbortController();
      await Promise.race([opening, sleep(OPEN_MS, late.signal).catch(() => undefined)]);
      late.abort();
    },
    failed: failed.promise,
    abandon: () => undefined,
    close: async (graceMs, api) => {
      // The Lease is let go when the loops have stopped. What hangs beyond the grace keeps nobody: the Lease expires.
      const late = new AbortController();
      await Promise.race([election.close(), sleep(graceMs, late.signal).catch(() => undefined)]);
      late.abort();
      await Promise.all([api, controller.close(), recorder.close(EVENTS_MS)]);
      await runners.close();
      await copies.close();
      await remoteOutputs?.objects.close();
      await Promise.all([fenced.close(), cluster.close()]);
    },
  };
}

/** Where the Repository of `--repo` is. */
function homeOf({ namespace }: Cluster, namespaces: readonly string[] | undefined): string {
  return namespaces?.[0] ?? namespace;
}

function connect({ kubeconfig }: KubernetesOptions, env: Readonly<Record<string, string | undefined>>): Cluster {
  if (kubeconfig !== undefined) return connectCluster({ kubeconfig });
  return connectCluster({ inCluster: env['KUBERNETES_SERVICE_HOST'] !== undefined });
}

async function namespacesOf(resources: Resources): Promise<readonly string[]> {
  return [...new Set((await resources.index()).map(({ key }) => parseRefKey(key).namespace))];
}
