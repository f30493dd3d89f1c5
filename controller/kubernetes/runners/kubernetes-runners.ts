import { HeadgateError, messageOf } from '../../../foundation/errors.ts';
import type { Logger } from '../../../foundation/log.ts';
import type { Clock } from '../../../foundation/time.ts';
import type { ResolvedPipeline, RunAssignment } from '../../../runner/spec.ts';
import { runBlob } from '../../../runner/handed.ts';
import type { Runs } from '../../../store/ports.ts';
import type { RunnerExit, RunnerInfo, Runners, RunnerShape } from '../../ports.ts';
import type { Handover } from '../../runners/handover.ts';
import type { Cluster } from '../cluster.ts';
import type { OwnerOf } from '../pods/owner.ts';
import type { SecretGuard } from '../pods/secret-guard.ts';
import { referencedSecrets } from '../pods/secrets.ts';
import type { StoreSecrets } from '../pods/store-secret.ts';
import type { PodSettings } from '../pods/types.ts';
import { Attempts, type Attempt } from './attempts.ts';
import { silentNode, type StartTimes } from './classify.ts';
import { createJob } from './create.ts';
import { endJob } from './end-job.ts';
import { FORCE_GRACE_S, stopJob } from './stop-job.ts';
import { runJob, runTemplate } from './job.ts';
import { Exits, identityOf } from './exits.ts';
import { JobCopies, jobKey } from './job-copies.ts';
import { jobName } from './names.ts';
import type { Ending } from './pod-end.ts';
import type { SeenJob } from './seen.ts';
import { Sweep } from './sweep.ts';

export interface KubernetesRunnersOptions extends StartTimes {
  readonly cluster: Cluster;
  readonly settings: PodSettings;
  readonly handover: Pick<Handover, 'run' | 'forget'>;
  readonly runs: Pick<Runs, 'get'>;
  readonly ownerOf: OwnerOf;
  /** Left out where the installation writes the Secret with the address of the store itself. */
  readonly storeSecrets?: Pick<StoreSecrets, 'ensure'>;
  readonly guard?: Pick<SecretGuard, 'check'>;
  /** Where pipelines may stand; all namespaces when left out. */
  readonly namespaces?: readonly string[];
  /** Runs at the same time. */
  readonly maxRunners: number;
  /** How long Pods of runs that failed stay for `kubectl logs`, in milliseconds. */
  readonly keepFailedMs: number;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Everything is looked at again after this, since times pass without an event, in milliseconds. */
const LOOK_MS = 1000;
/** Changes within this are looked at together, in milliseconds. */
const GATHER_MS = 50;
/** Of the time, looking takes one part in so many at most: there may be thousands of Jobs. */
const LOOK_SHARE = 10;
/** Ended Jobs are swept this often, in milliseconds. */
const SWEEP_MS = 5000;

/**
 * Runs as Jobs, one for each attempt. What it knows comes from the cluster alone: a controller that takes over finds the Jobs
 * of the one before, and tells of those that ended in between.
 */
export class KubernetesRunners implements Runners {
  readonly runnerId: string;
  readonly #options: KubernetesRunnersOptions;
  readonly #copies: JobCopies;
  readonly #attempts: Attempts;
  readonly #sweep: Sweep;
  readonly #exits = new Exits();
  /** Jobs that are being created, by key. */
  readonly #creating = new Set<string>();
  /** Jobs that go on, by key. */
  #live = new Set<string>();
  /** Jobs that are being stopped, by their uid: their end is told when it has come. */
  readonly #stopping = new Map<string, SeenJob>();
  readonly #abort = new AbortController();
  readonly #timers: NodeJS.Timeout[] = [];
  #gathering: NodeJS.Timeout | undefined;
  /** The last look, in milliseconds. */
  #lookTook = 0;

  /** `open` begins to look at the cluster. */
  constructor(options: KubernetesRunnersOptions) {
    this.#options = options;
    const { cluster, settings, clock, log } = options;
    this.runnerId = `kubernetes/${settings.environment}`;
    const selection = options.namespaces === undefined ? {} : { namespaces: options.namespaces };
    this.#copies = new JobCopies({ cluster, environment: settings.environment, component: 'run', log, ...selection });
    const { signal } = this.#abort;
    this.#attempts = new Attempts({ cluster, copies: this.#copies, times: options, clock, log, signal });
    this.#sweep = new Sweep({ ...options, remove: (job) => this.#remove(job, FORCE_GRACE_S) });
  }

  /** Resolves when all Jobs and Pods are known: before that, `list` would leave some out. */
  async open(): Promise<void> {
    this.#copies.onChange((uid, gone) => {
      if (gone === undefined) this.#onNews(uid);
      else this.#onGone(gone);
      this.#gather();
    });
    await this.#copies.start();
    const every = (ms: number, work: () => Promise<void>): void => {
      let isAtIt = false;
      const timer = setInterval(() => {
        if (isAtIt) return;
        isAtIt = true;
        void work()
          .catch((error: unknown) => this.#options.log.warn({ error: messageOf(error) }, 'a look at Jobs failed'))
          .finally(() => (isAtIt = false));
      }, ms);
      timer.unref();
      this.#timers.push(timer);
    };
    every(LOOK_MS, async () => void this.#look());
    every(LOOK_MS, async () => {
      if (this.#listening) await this.#attempts.ask();
    });
    every(SWEEP_MS, async () => {
      if (this.#listening) await this.#sweep.sweep(this.#attempts.all(), this.#options.clock());
    });
    this.#look();
  }

  admit(pipeline: Pick<ResolvedPipeline, 'sources' | 'destinations'>, shape: RunnerShape): void {
    runTemplate({ labels: {}, assignment: '', pipeline }, shape, this.#options.settings);
  }

  capacity(): number {
    if (this.#abort.signal.aborted) return 0;
    let creating = 0;
    for (const key of this.#creating) if (!this.#live.has(key)) creating++;
    return Math.max(0, this.#options.maxRunners - this.#live.size - creating);
  }

  async start(assignment: RunAssignment, shape: RunnerShape): Promise<void> {
    const { cluster, settings, handover, ownerOf, storeSecrets, guard } = this.#options;
    const { signal } = this.#abort;
    signal.throwIfAborted();
    const { workspace, name, sources, destinations } = assignment.pipeline;
    const key = jobKey({ namespace: workspace, name: jobName(assignment.runId, assignment.attempt) });
    this.#creating.add(key);
    try {
      const [owner] = await Promise.all([
        ownerOf({ workspace, name }),
        storeSecrets?.ensure(workspace),
        guard?.check(workspace, referencedSecrets([...sources, ...destinations])),
      ]);
      if (owner === null) {
        throw new HeadgateError('unavailable', `Pipeline ${workspace}/${name} is not in the cluster`, {
          retryable: true,
        });
      }
      const { job, assignment: handed } = runJob(assignment, shape, { owner, settings });
      // Before the Job: its Pod may start at once.
      await handover.run(handed, signal);
      const created = await createJob(cluster, job, signal);
      if (created !== null) this.#copies.note(created);
      this.#live.add(key);
    } finally {
      this.#creating.delete(key);
    }
  }

  async list(): Promise<readonly RunnerInfo[]> {
    // Whoever misses a run in the list would take it for lost, and begin it again: what ended is told of before.
    const attempts = this.#look();
    const seen = new Set(attempts.map(({ job }) => job.uid));
    // A Job is gone before its Pods are: until its end is told, its runner counts as there.
    const ending = [...this.#stopping.values()].filter(({ uid }) => !seen.has(uid));
    const going = attempts.flatMap(({ job, state }): readonly RunnerInfo[] => {
      if (state.kind !== 'starting' && state.kind !== 'running') return [];
      const info = { ...identityOf(job), state: state.kind };
      return [state.kind === 'starting' && state.waiting !== undefined ? { ...info, waiting: state.waiting } : info];
    });
    return [...going, ...ending.map((job) => ({ ...identityOf(job), state: 'running' as const }))];
  }

  async stop(runId: string, deadlineMs: number): Promise<void> {
    const going = this.#attempts.ofRun(runId).filter(({ state }) => state.kind !== 'ended');
    await Promise.all(going.map(({ job }) => this.#stop(job, deadlineMs)));
  }

  onExit(listener: (exit: RunnerExit) => void): () => void {
    const off = this.#exits.on(listener);
    this.#gather();
    return off;
  }

  /** How the copies of the cluster are doing, for metrics. */
  states(): ReturnType<JobCopies['states']> {
    return this.#copies.states();
  }

  /** Jobs go on, and the next controller finds them. */
  async close(): Promise<void> {
    this.#abort.abort(new HeadgateError('unavailable', 'the controller is stopping', { retryable: true }));
    for (const timer of this.#timers) clearInterval(timer);
    clearTimeout(this.#gathering);
    await this.#copies.close();
  }

  get #listening(): boolean {
    return this.#exits.heard && !this.#abort.signal.aborted;
  }

  #gather(): void {
    this.#gathering ??= setTimeout(
      () => {
        this.#gathering = undefined;
        this.#look();
      },
      Math.max(GATHER_MS, (LOOK_SHARE - 1) * this.#lookTook),
    );
  }

  /** Tells of what has ended, and ends what is hopeless. Answers what it saw. */
  #look(): readonly Attempt[] {
    const began = performance.now();
    const attempts = this.#attempts.all();
    const goesOn = attempts.filter(({ state }) => state.kind === 'starting' || state.kind === 'running');
    this.#live = new Set(goesOn.map(({ job }) => jobKey(job)));
    this.#exits.keepOnly(new Set([...attempts.map(({ job }) => job.uid), ...this.#stopping.keys()]));
    for (const { job, state } of this.#listening ? attempts : []) {
      if (state.kind === 'ended') this.#exits.tell(job, state);
      if (state.kind === 'hopeless' && !this.#exits.isTold(job)) this.#giveUp(job, state);
    }
    this.#lookTook = performance.now() - began;
    return attempts;
  }

  #giveUp(job: SeenJob, ending: Ending): void {
    this.#exits.tell(job, ending);
    void this.#remove(job, FORCE_GRACE_S).catch((error: unknown) => {
      // The sweep comes to it again.
      this.#options.log.warn({ job: job.name, error: messageOf(error) }, 'a Job could not be deleted');
    });
  }

  /** An end is told of at once: by the next look its Pod may be gone, and its last words with it. */
  #onNews(uid: string): void {
    const job = this.#copies.byUid(uid);
    if (job !== undefined && this.#listening) this.#tellEnd(job);
  }

  #tellEnd(job: SeenJob): void {
    const state = this.#attempts.of(job);
    if (state.kind === 'ended') this.#exits.tell(job, state);
  }

  #onGone(job: SeenJob): void {
    if (!this.#listening || this.#stopping.has(job.uid)) return;
    this.#exits.tell(job, { reason: `Job ${job.namespace}/${job.name} was deleted` });
  }

  async #stop(job: SeenJob, deadlineMs: number): Promise<void> {
    this.#stopping.set(job.uid, job);
    try {
      // A runner that ended by itself is told of with its own reason, and at once: its Pod may be gone a moment later.
      const onOver = (): void => this.#tellEnd(this.#copies.get(job.namespace, job.name) ?? job);
      const silent = await stopJob({ cluster: this.#options.cluster, copies: this.#copies, onOver }, job, deadlineMs);
      this.#exits.tell(job, silent === null ? { reason: 'the runner was ended by force' } : silentNode(silent));
    } finally {
      this.#stopping.delete(job.uid);
    }
  }

  async #remove(job: SeenJob, graceSeconds: number): Promise<void> {
    const { cluster, handover } = this.#options;
    await endJob(cluster, job, this.#copies.pods(job), graceSeconds);
    await handover.forget(runBlob(job.runId, job.attempt));
  }
}
