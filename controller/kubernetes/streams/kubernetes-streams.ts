import { HeadgateError } from '../../../foundation/errors.ts';
import type { Logger } from '../../../foundation/log.ts';
import type { Clock } from '../../../foundation/time.ts';
import type { Blobs } from '../../../store/blob-ports.ts';
import { streamBlob } from '../../../runner/handed.ts';
import type { Handover } from '../../runners/handover.ts';
import type { StreamInfo, Streams, WantedStream } from '../../ports.ts';
import type { Cluster } from '../cluster.ts';
import { CONTROLLER_MANAGER } from '../names.ts';
import { DEPLOYMENT, typeOf } from '../object-types.ts';
import type { SecretGuard } from '../pods/secret-guard.ts';
import { referencedSecrets } from '../pods/secrets.ts';
import type { StoreSecrets } from '../pods/store-secret.ts';
import type { PodSettings } from '../pods/types.ts';
import { isRefused, type OwnerReference } from '../types.ts';
import { ownedBy, renderedHash, streamDeployment } from './deployment.ts';
import { deleteDeployment, endStream } from './ending.ts';
import { SeenStreams } from './seen-streams.ts';

export interface KubernetesStreamsOptions {
  readonly cluster: Cluster;
  /** Where Pods say how they are. */
  readonly blobs: Pick<Blobs, 'list'>;
  /** Where they find what they are to do. */
  readonly handover: Pick<Handover, 'stream' | 'forget'>;
  readonly pods: PodSettings;
  /** Left out where the installation writes the Secret with the address of the store itself. */
  readonly storeSecrets?: Pick<StoreSecrets, 'ensure'>;
  readonly guard?: Pick<SecretGuard, 'check'>;
  /** All namespaces when left out. */
  readonly namespaces?: readonly string[];
  readonly log: Logger;
  readonly clock: Clock;
  /** What Pods may take beyond a deadline before they are ended by force, in milliseconds. 20 s when left out. */
  readonly graceMs?: number;
}

const GRACE_MS = 20_000;

/**
 * Stream pipelines as Deployments in the namespace of their pipeline. What is there is found by labels: nothing is
 * remembered that another controller would need.
 */
export class KubernetesStreams implements Streams {
  readonly #options: KubernetesStreamsOptions;
  readonly #seen: SeenStreams;
  readonly #abort = new AbortController();
  /**
   * The generation of each Deployment as this controller applied it: another one tells that somebody else changed it. One that was
   * there before this controller is applied once, which changes nothing where nobody did.
   */
  readonly #generations = new Map<string, number>();

  private constructor(options: KubernetesStreamsOptions) {
    const { pods, ...rest } = options;
    this.#options = options;
    this.#seen = new SeenStreams({ ...rest, environment: pods.environment });
  }

  /** Resolves when all streams that are there were seen. Rejects when the cluster does not let them be seen. */
  static async open(options: KubernetesStreamsOptions): Promise<KubernetesStreams> {
    const streams = new KubernetesStreams(options);
    try {
      await streams.#seen.start();
      return streams;
    } catch (error) {
      await streams.close();
      throw error;
    }
  }

  async ensure(wanted: WantedStream, drainMs: number): Promise<void> {
    const { signal } = this.#abort;
    signal.throwIfAborted();
    const { cluster, pods, storeSecrets, guard } = this.#options;
    const { id, workspace, name, sources, destinations } = wanted.assignment.pipeline;
    const object = streamDeployment(wanted, drainMs, pods);
    await this.#options.handover.stream(wanted.assignment, wanted.hash, signal);
    const live = this.#seen.deployment(id);
    const strays = this.#seen.deployments(id).filter((one) => one !== live);
    for (const stray of strays) await deleteDeployment(stray, cluster, signal);
    // Whoever deleted it does not see it again before it is gone; then this is called again.
    if (live !== undefined && live.endingAt !== null) return;
    const asItWas = live !== undefined && live.generation === this.#generations.get(id);
    if (asItWas && live.rendered === renderedHash(object)) return;
    const [owner] = await Promise.all([
      this.#owner(workspace, name),
      storeSecrets?.ensure(workspace),
      guard?.check(workspace, referencedSecrets([...sources, ...destinations])),
    ]);
    const applied = await cluster.apply(
      DEPLOYMENT,
      ownedBy(object, owner),
      { manager: CONTROLLER_MANAGER, force: true },
      signal,
    );
    this.#generations.set(id, applied.metadata.generation ?? 0);
    this.#seen.note(applied);
  }

  list(): readonly StreamInfo[] {
    return this.#seen.list();
  }

  get(pipelineId: string): StreamInfo | undefined {
    return this.#seen.get(pipelineId);
  }

  async stop(pipelineId: string, deadlineMs: number): Promise<void> {
    const { cluster, handover, log, graceMs = GRACE_MS } = this.#options;
    const { signal } = this.#abort;
    const hashes = this.#seen.deployments(pipelineId).map(({ hash }) => hash);
    await endStream(pipelineId, deadlineMs, { cluster, seen: this.#seen, log, signal, graceMs });
    this.#generations.delete(pipelineId);
    for (const hash of hashes) await handover.forget(streamBlob(pipelineId, hash));
  }

  onChange(listener: (pipelineId: string) => void): () => void {
    return this.#seen.onChange(listener);
  }

  /** How the copies of the cluster are doing, for metrics. */
  states(): ReturnType<SeenStreams['states']> {
    return this.#seen.states();
  }

  /** Streams go on; there is nothing to wait for. */
  async close(): Promise<void> {
    this.#abort.abort(new Error('the streams are let go'));
    await this.#seen.close();
  }

  /** With its pipeline the Deployment goes as well, whatever becomes of this controller. */
  async #owner(namespace: string, name: string): Promise<OwnerReference> {
    const type = typeOf('Pipeline');
    try {
      const { apiVersion, kind, metadata } = await this.#options.cluster.get(
        type,
        { namespace, name },
        this.#abort.signal,
      );
      return { apiVersion, kind, name, uid: metadata.uid!, controller: true };
    } catch (error) {
      if (!isRefused(error, 'NotFound')) throw error;
      throw new HeadgateError('not_found', `pipeline ${namespace}/${name} is gone`, { cause: error, retryable: true });
    }
  }
}
