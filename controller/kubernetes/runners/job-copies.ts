import type { Logger } from '../../../foundation/log.ts';
import type { Cluster } from '../cluster.ts';
import { COMPONENT_LABEL, ENVIRONMENT_LABEL, type RunnerComponent } from '../names.ts';
import { JOB, POD } from '../object-types.ts';
import { keyOf, type ObjectKey, type ReflectorState } from '../reflector.ts';
import { Reflectors } from '../reflectors.ts';
import type { KubeObject } from '../types.ts';
import { seenJob, seenPod, type SeenJob, type SeenPod } from './seen.ts';

export interface JobCopiesOptions {
  readonly cluster: Pick<Cluster, 'list' | 'watch'>;
  readonly environment: string;
  readonly component: RunnerComponent;
  /** All when left out. */
  readonly namespaces?: readonly string[];
  readonly log: Logger;
}

/** Told of a Job, or of Pods of it, that changed; with the Job when it is gone. */
type JobListener = (jobUid: string, gone: SeenJob | undefined) => void;

/** A copy of our Jobs and their Pods. */
export class JobCopies {
  readonly #jobs: Reflectors<SeenJob>;
  readonly #pods: Reflectors<SeenPod>;
  /** By the uid of their Job. */
  readonly #podsOf = new Map<string, Map<ObjectKey, SeenPod>>();
  /** By the uid of the Job: its first Pod. */
  readonly #firstPods = new Map<string, Pick<SeenPod, 'uid' | 'createdAt'>>();
  /** The Jobs that there are, by uid. */
  readonly #byUid = new Map<string, SeenJob>();
  readonly #listeners = new Set<JobListener>();

  constructor({ cluster, environment, component, namespaces, log }: JobCopiesOptions) {
    const labels = `${COMPONENT_LABEL}=${component},${ENVIRONMENT_LABEL}=${environment}`;
    const shared = { cluster, selection: { labels }, log };
    this.#jobs = new Reflectors({ ...shared, type: JOB, keep: seenJob }, namespaces);
    this.#pods = new Reflectors({ ...shared, type: POD, keep: seenPod }, namespaces);
    this.#jobs.onChange((_, now, before) => this.#onJob(now, before));
    this.#pods.onChange((key, now, before) => this.#onPod(key, now, before));
  }

  /** Resolves when all is known. Rejects when the API server refuses. */
  async start(): Promise<void> {
    // Jobs last: a Job that ended is then never seen without the Pod that says how.
    await this.#pods.start();
    await this.#jobs.start();
  }

  async close(): Promise<void> {
    await Promise.all([this.#jobs.close(), this.#pods.close()]);
  }

  /** How the copies are doing, for metrics. */
  states(): { readonly jobs: readonly ReflectorState[]; readonly pods: readonly ReflectorState[] } {
    return { jobs: this.#jobs.states(), pods: this.#pods.states() };
  }

  /** In no order. */
  jobs(): Iterable<SeenJob> {
    return this.#jobs.values();
  }

  get(namespace: string, name: string): SeenJob | undefined {
    return this.#jobs.get(`${namespace}/${name}`);
  }

  byUid(uid: string): SeenJob | undefined {
    return this.#byUid.get(uid);
  }

  pods({ uid }: SeenJob): readonly SeenPod[] {
    return [...(this.#podsOf.get(uid)?.values() ?? [])];
  }

  /** The uid of the first Pod of the Job, there or not: of those that were seen the oldest, since a list comes in any order. */
  firstPod({ uid }: SeenJob): string | undefined {
    return this.#firstPods.get(uid)?.uid;
  }

  /** A Job that the API server has just answered. */
  note(job: KubeObject): void {
    this.#jobs.note(job);
  }

  /** Calls back after a change. */
  onChange(listener: JobListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #onJob(now: SeenJob | undefined, before: SeenJob | undefined): void {
    if (now !== undefined) this.#byUid.set(now.uid, now);
    // A Job of the same name may have taken its place.
    const gone = before !== undefined && before.uid !== now?.uid ? before : undefined;
    if (gone !== undefined) {
      this.#byUid.delete(gone.uid);
      if (!this.#podsOf.has(gone.uid)) this.#firstPods.delete(gone.uid);
    }
    this.#tell((gone ?? now ?? before)!.uid, gone);
    if (gone !== undefined && now !== undefined) this.#tell(now.uid, undefined);
  }

  #onPod(key: ObjectKey, now: SeenPod | undefined, before: SeenPod | undefined): void {
    const jobUid = now?.jobUid ?? before!.jobUid;
    const pods = this.#podsOf.get(jobUid) ?? new Map<ObjectKey, SeenPod>();
    this.#podsOf.set(jobUid, pods);
    if (now === undefined) pods.delete(key);
    else pods.set(key, now);
    const first = this.#firstPods.get(jobUid);
    if (now !== undefined && (first === undefined || now.createdAt < first.createdAt))
      this.#firstPods.set(jobUid, { uid: now.uid, createdAt: now.createdAt });
    if (pods.size === 0) {
      this.#podsOf.delete(jobUid);
      if (!this.#byUid.has(jobUid)) this.#firstPods.delete(jobUid);
    }
    this.#tell(jobUid, undefined);
  }

  #tell(jobUid: string, gone: SeenJob | undefined): void {
    for (const listener of this.#listeners) listener(jobUid, gone);
  }
}

/** `namespace/name`, as in the copies. */
export const jobKey = ({ namespace, name }: Pick<SeenJob, 'namespace' | 'name'>): ObjectKey =>
  keyOf({ metadata: { namespace, name } });
