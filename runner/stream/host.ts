/** A stream host: the stream pipelines that one process runs, each undisturbed by the others. */
import { messageOf, type ErrorRecord } from '../../foundation/errors.ts';
import type { Logger } from '../../foundation/log.ts';
import type { EventLog } from '../../store/event-ports.ts';
import type { LogLevel, Store } from '../../store/ports.ts';
import type { Catalogue } from '../engine/job.ts';
import { ORPHAN_DRAIN_MS, type FromHost, type HostedState, type ToHost } from '../host-protocol.ts';
import { SecretKeys } from '../secret-keys.ts';
import type { StreamAssignment } from '../spec.ts';
import { LeaseKeeper } from './lease.ts';
import { Looks } from './looks.ts';
import { HostedPipeline } from './pipeline.ts';

export interface StreamHostOptions {
  /** With `secrets` of its own it needs no keys. */
  readonly catalogue: Catalogue;
  readonly openStore: (url: string) => Promise<Store>;
  /** Who this host is to the event log. */
  readonly holder: string;
  readonly log: Logger;
  readonly send: (message: FromHost) => void;
}

/** What one store lends all pipelines of the host. */
interface SharedStore {
  readonly store: Store;
  readonly events: EventLog;
  readonly leases: LeaseKeeper;
  readonly looks: Looks;
  readonly unwatch: () => void;
}

interface Hosted {
  readonly pipeline: HostedPipeline;
  /** What goes on when this one has drained. */
  next: { readonly assignment: StreamAssignment; readonly hash: string } | null;
}

/** Bytes of events that the whole host reads ahead, and one pipeline at least and at most. */
const HOST_BYTES = 256 * 1024 * 1024;
const PIPELINE_BYTES = { min: 256 * 1024, max: 32 * 1024 * 1024 };
/** A definition that changes drains the one before it for so long. */
const CHANGE_DRAIN_MS = 30_000;
/** Lines a second that a pipeline may send to the controller; the host's own log has all of them. */
const MAX_LINES = 20;

export class StreamHost {
  readonly #options: StreamHostOptions;
  readonly #keys = new SecretKeys();
  readonly #pipelines = new Map<string, Hosted>();
  readonly #stores = new Map<string, Promise<SharedStore>>();
  /** Lines that each pipeline sent to the controller within a second. */
  readonly #lines = new Map<string, { readonly since: number; count: number }>();
  #draining = false;

  constructor(options: StreamHostOptions) {
    this.#options = options;
  }

  receive(message: ToHost): void {
    switch (message.type) {
      case 'start':
        return this.start(message.assignment, message.hash);
      case 'keys':
        return this.#keys.receive(message);
      case 'stop':
        return this.#stop(message.pipelineId, message.deadlineMs);
      default:
        void this.drain(message.deadlineMs);
    }
  }

  /** Runs a pipeline; one of the same id that runs here is drained first, so that nothing is delivered out of order (invariant 9). */
  start(assignment: StreamAssignment, hash: string): void {
    if (this.#draining) return this.#state(assignment.pipeline.id, hash, 'ended');
    const { id } = assignment.pipeline;
    const running = this.#pipelines.get(id);
    if (running === undefined) return this.#run(assignment, hash);
    if (running.next !== null) this.#state(id, running.next.hash, 'ended');
    running.next = { assignment, hash };
    running.pipeline.drain(CHANGE_DRAIN_MS);
  }

  /** Another host may have given the pipeline back: told by whoever knows, it is asked for at once. */
  knock(pipelineId: string): void {
    this.#pipelines.get(pipelineId)?.pipeline.knock();
  }

  /** Drains all; resolves when all have ended and the stores are closed. */
  async drain(deadlineMs: number = ORPHAN_DRAIN_MS): Promise<void> {
    this.#draining = true;
    for (const id of this.#pipelines.keys()) this.#stop(id, deadlineMs);
    while (this.#pipelines.size > 0) {
      await Promise.all([...this.#pipelines.values()].map(({ pipeline }) => pipeline.ended));
    }
    await this.#close();
  }

  #stop(pipelineId: string, deadlineMs: number): void {
    const hosted = this.#pipelines.get(pipelineId);
    if (hosted === undefined) return;
    if (hosted.next !== null) this.#state(pipelineId, hosted.next.hash, 'ended');
    hosted.next = null;
    hosted.pipeline.drain(deadlineMs);
  }

  #run(assignment: StreamAssignment, hash: string): void {
    const { id, workspace } = assignment.pipeline;
    const { catalogue } = this.#options;
    const secrets =
      catalogue.secrets ?? this.#keys.reader(workspace, async () => (await this.#store(assignment)).store.secrets);
    const pipeline = new HostedPipeline({
      assignment,
      catalogue: { ...catalogue, secrets },
      store: () => this.#store(assignment),
      maxBytes: () => this.#share(),
      // Its end is told when it is off the list: whoever hears of it may start the next one.
      onState: (state, error) => state !== 'ended' && this.#state(id, hash, state, error),
      log: (level, message) => this.#log(id, level, message),
    });
    const hosted: Hosted = { pipeline, next: null };
    this.#pipelines.set(id, hosted);
    void pipeline.ended.then(() => {
      this.#pipelines.delete(id);
      this.#lines.delete(id);
      this.#state(id, hash, 'ended');
      if (hosted.next !== null) this.start(hosted.next.assignment, hosted.next.hash);
    });
  }

  #share(): number {
    const fair = HOST_BYTES / Math.max(1, this.#pipelines.size);
    return Math.min(PIPELINE_BYTES.max, Math.max(PIPELINE_BYTES.min, fair));
  }

  #state(pipelineId: string, hash: string, state: HostedState, error?: ErrorRecord): void {
    const base = { type: 'state', pipelineId, hash, state } as const;
    this.#options.send(error === undefined ? base : { ...base, error });
  }

  #log(pipelineId: string, level: LogLevel, message: string): void {
    this.#options.log[level]({ pipelineId }, message);
    const now = Date.now();
    const second = this.#lines.get(pipelineId);
    if (second === undefined || now - second.since >= 1000) this.#lines.set(pipelineId, { since: now, count: 1 });
    else if (second.count++ >= MAX_LINES) return;
    this.#options.send({ type: 'log', pipelineId, level, message });
  }

  /** One store for all pipelines of an installation; an opening that failed is tried again by whoever asks next. */
  #store({ environment }: StreamAssignment): Promise<SharedStore> {
    const known = this.#stores.get(environment.store);
    if (known !== undefined) return known;
    const opening = this.#open(environment.store, environment.leaseMs);
    this.#stores.set(environment.store, opening);
    opening.catch(() => this.#stores.delete(environment.store));
    return opening;
  }

  async #open(url: string, leaseMs: number): Promise<SharedStore> {
    const { log } = this.#options;
    const store = await this.#options.openStore(url);
    const { events } = store;
    const looks = new Looks(
      () => [...this.#pipelines.values()].map(({ pipeline }) => pipeline),
      () => this.#pipelines.size,
    );
    const unwatch = events.watch((pipelineId) => {
      if (pipelineId !== null) return this.#pipelines.get(pipelineId)?.pipeline.look();
      looks.look();
    });
    const leases = new LeaseKeeper({ events, holder: this.#options.holder, ttlMs: leaseMs, log });
    return { store, events, leases, looks, unwatch };
  }

  async #close(): Promise<void> {
    for (const opening of this.#stores.values()) {
      const shared = await opening.catch(() => null);
      if (shared === null) continue;
      shared.unwatch();
      shared.looks.close();
      shared.leases.close();
      await shared.store.close().catch((error: unknown) => this.#options.log.warn(messageOf(error)));
    }
    this.#stores.clear();
  }
}
