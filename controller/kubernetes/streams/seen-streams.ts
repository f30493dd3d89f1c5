import { messageOf } from '../../../foundation/errors.ts';
import { stableJson } from '../../../foundation/ids.ts';
import type { Logger } from '../../../foundation/log.ts';
import type { Clock } from '../../../foundation/time.ts';
import type { Blobs } from '../../../store/blob-ports.ts';
import type { StreamInfo } from '../../ports.ts';
import type { Cluster } from '../cluster.ts';
import { DEPLOYMENT, POD } from '../object-types.ts';
import { Reflectors } from '../reflectors.ts';
import type { ReflectorState } from '../reflector.ts';
import type { KubeObject } from '../types.ts';
import { deploymentName } from './names.ts';
import { Reports } from './reports.ts';
import { seenDeployment, seenPod, streamSelector, type SeenDeployment, type SeenPod } from './seen.ts';
import { streamState } from './state.ts';

export interface SeenStreamsOptions {
  readonly cluster: Pick<Cluster, 'list' | 'watch'>;
  readonly blobs: Pick<Blobs, 'list'>;
  readonly environment: string;
  /** All namespaces when left out. */
  readonly namespaces?: readonly string[];
  readonly log: Logger;
  readonly clock: Clock;
}

/** How often the reports of streams that are not settled are looked at, and those of all. */
const LOOK_MS = 1000;
const LOOK_AT_ALL_MS = 10_000;
/** Of more streams than these, all reports at once are cheaper. */
const MAX_SINGLE_LOOKS = 20;

/** What becomes of these is seen in their reports first. */
const UNSETTLED = new Set<StreamInfo['state']>(['starting', 'draining', 'waiting', 'standby']);

/** The streams of the cluster: Deployments and Pods from watches, and what the Pods say of themselves. */
export class SeenStreams {
  readonly #options: SeenStreamsOptions;
  readonly #deployments: Reflectors<SeenDeployment>;
  readonly #pods: Reflectors<SeenPod>;
  readonly #reports: Reports;
  /** Keys of the objects of each pipeline, in the reflectors. */
  readonly #byPipeline = new Map<string, { readonly deployments: Set<string>; readonly pods: Set<string> }>();
  /** What was last told of each, as JSON. */
  readonly #told = new Map<string, string>();
  readonly #listeners = new Set<(pipelineId: string) => void>();
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> = Promise.resolve();
  #lookedAtAll = -Infinity;
  #closed = false;

  constructor(options: SeenStreamsOptions) {
    const { cluster, environment, namespaces, log, blobs } = options;
    this.#options = options;
    this.#reports = new Reports(blobs);
    const shared = { cluster, selection: { labels: streamSelector(environment) }, log };
    this.#deployments = new Reflectors({ ...shared, type: DEPLOYMENT, keep: seenDeployment }, namespaces);
    this.#pods = new Reflectors({ ...shared, type: POD, keep: seenPod }, namespaces);
    this.#deployments.onChange((key, now, before) => this.#index('deployments', key, now, before));
    this.#pods.onChange((key, now, before) => this.#index('pods', key, now, before));
  }

  /** Resolves when all that is there was seen once. */
  async start(): Promise<void> {
    await Promise.all([this.#deployments.start(), this.#pods.start()]);
    await this.#look();
    this.#schedule();
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await Promise.all([this.#deployments.close(), this.#pods.close(), this.#looking]);
  }

  /** How the copies are doing, for metrics. */
  states(): { readonly deployments: readonly ReflectorState[]; readonly pods: readonly ReflectorState[] } {
    return { deployments: this.#deployments.states(), pods: this.#pods.states() };
  }

  /** Those that have a Deployment. */
  list(): readonly StreamInfo[] {
    return [...this.#byPipeline.keys()].flatMap((pipelineId) => this.get(pipelineId) ?? []);
  }

  get(pipelineId: string): StreamInfo | undefined {
    const deployment = this.deployment(pipelineId);
    if (deployment === undefined) return undefined;
    const now = this.#options.clock();
    return streamState(deployment, this.pods(pipelineId), this.#reports.of(pipelineId, now), now);
  }

  /** The one with the name that we give; of several (in another namespace), the one that is not to go. */
  deployment(pipelineId: string): SeenDeployment | undefined {
    const named = this.deployments(pipelineId).filter(({ name }) => name === deploymentName(pipelineId));
    return named.find(({ endingAt }) => endingAt === null) ?? named[0];
  }

  /** All with the label of the pipeline. */
  deployments(pipelineId: string): readonly SeenDeployment[] {
    const keys = this.#byPipeline.get(pipelineId)?.deployments ?? [];
    return [...keys].flatMap((key) => this.#deployments.get(key) ?? []);
  }

  pods(pipelineId: string): readonly SeenPod[] {
    const keys = this.#byPipeline.get(pipelineId)?.pods ?? [];
    return [...keys].flatMap((key) => this.#pods.get(key) ?? []);
  }

  /** Takes in a Deployment as the API answered it. */
  note(deployment: KubeObject): void {
    this.#deployments.note(deployment);
  }

  /** Calls back when the state of a stream is another, a Pod of it came or went, or its Deployment is gone. */
  onChange(listener: (pipelineId: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #index(
    kind: 'deployments' | 'pods',
    key: string,
    now: { readonly pipelineId: string } | undefined,
    before: { readonly pipelineId: string } | undefined,
  ): void {
    if (before !== undefined && before.pipelineId !== now?.pipelineId) this.#forget(kind, key, before.pipelineId);
    if (now !== undefined) {
      const entry = this.#byPipeline.get(now.pipelineId) ?? { deployments: new Set(), pods: new Set() };
      this.#byPipeline.set(now.pipelineId, entry);
      entry[kind].add(key);
      this.#tell(now.pipelineId);
    }
  }

  #forget(kind: 'deployments' | 'pods', key: string, pipelineId: string): void {
    const entry = this.#byPipeline.get(pipelineId);
    entry?.[kind].delete(key);
    if (entry?.deployments.size === 0 && entry.pods.size === 0) this.#byPipeline.delete(pipelineId);
    this.#tell(pipelineId);
  }

  #tell(pipelineId: string): void {
    const names = [...this.deployments(pipelineId), ...this.pods(pipelineId)].map(({ name }) => name);
    const now = names.length === 0 ? undefined : stableJson([this.get(pipelineId) ?? null, names]);
    if (now === this.#told.get(pipelineId)) return;
    if (now === undefined) this.#told.delete(pipelineId);
    else this.#told.set(pipelineId, now);
    for (const listener of this.#listeners) listener(pipelineId);
  }

  #schedule(): void {
    if (this.#closed) return;
    this.#timer = setTimeout(() => {
      this.#looking = this.#look().finally(() => this.#schedule());
    }, LOOK_MS);
  }

  /** Reads reports; time alone may change a state as well. */
  async #look(): Promise<void> {
    const { clock, log } = this.#options;
    const now = clock();
    const unsettled = this.list().filter(({ state }) => UNSETTLED.has(state));
    // Not by the clock of the day, which may be put back.
    const turned = performance.now();
    const all = turned - this.#lookedAtAll >= LOOK_AT_ALL_MS || unsettled.length > MAX_SINGLE_LOOKS;
    try {
      if (all) await this.#reports.lookAtAll(now);
      else await Promise.all(unsettled.map(({ pipelineId }) => this.#reports.lookAt(pipelineId, now)));
    } catch (error) {
      // What was read before says something until it runs out.
      log.warn({ error: messageOf(error) }, 'the states of streams could not be read');
    }
    if (all) this.#lookedAtAll = turned;
    const ids = all ? [...this.#byPipeline.keys()] : unsettled.map(({ pipelineId }) => pipelineId);
    for (const pipelineId of ids) this.#tell(pipelineId);
  }
}
