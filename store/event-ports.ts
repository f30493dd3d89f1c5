/**
 * The event log: what producers handed over, in order, and how far each pipeline has delivered it. `sqlite/` and `redis/`
 * implement it, and both pass the suites in `store/suites/`.
 *
 * Words: an event's *offset* counts a pipeline's events from 0 without gaps. Everything below the *committed* offset is
 * *settled*: delivered, unless an *exception* says failed or cancelled. The normal fate of an event is not written for each
 * event: that is what makes the log fast. A *reader* is whoever holds the lease to deliver a pipeline's events; its *epoch*
 * fences off those who held it before.
 *
 * Times are epoch milliseconds. Beside what stands at a method, all reject with `store_full`, `store_corrupt` or
 * `unavailable` when the store cannot do it.
 */
import type { ErrorRecord } from '../foundation/errors.ts';

export const EVENT_STATUSES = ['accepted', 'delivered', 'failed', 'cancelled'] as const;
export type EventStatus = (typeof EVENT_STATUSES)[number];

/** Of the JSON text of one payload, in bytes of UTF-8. */
export const MAX_EVENT_PAYLOAD = 256 * 1024;
/** Of an event type, an ordering key and an idempotency key, in characters. */
export const MAX_EVENT_NAME = 255;
/** For how long an idempotency key answers with the first result. */
export const IDEMPOTENCY_MS = 24 * 3_600_000;
/** Of one batch that are kept, and of one event that are answered. */
export const MAX_ATTEMPTS = 100;
/** Of an excerpt of a request or response, in characters. */
export const MAX_EXCERPT = 2048;

/** An event on its way into the log. The caller has checked sizes and forms. */
export interface NewEvent {
  readonly pipelineId: string;
  readonly type: string;
  /** Events of the same key keep their order. */
  readonly key: string | null;
  /** JSON text of one object. */
  readonly payload: string;
  /** JSON text of one object: what came with the event beside type, key and payload, such as attributes of CloudEvents. */
  readonly attributes?: string;
  readonly idempotencyKey?: string;
  /** The id of the event that this one tries again. */
  readonly retryOf?: string;
  /** It is kept, but goes to the dead letters instead of the destination: it does not match its schema. */
  readonly refused?: ErrorRecord;
}

export type Appended =
  | { readonly result: 'appended'; readonly id: string; readonly offset: number; readonly receivedAt: number }
  /** The same key and the same event came before, and this is what it got. */
  | { readonly result: 'repeated'; readonly id: string; readonly offset: number; readonly receivedAt: number }
  /** The same key came within 24 hours with another type, key, attributes or payload (as texts). It was not stored. */
  | { readonly result: 'conflict' };

/** An event as the log has it. */
export interface StoredEvent {
  /** `ev_` and a ULID made of the time, the pipeline and the offset (see `eventId`). */
  readonly id: string;
  readonly pipelineId: string;
  readonly offset: number;
  readonly type: string;
  readonly key: string | null;
  /** Parsed by `parseJson`: integers beyond 2^53 are bigints. */
  readonly payload: Readonly<Record<string, unknown>>;
  readonly attributes: Readonly<Record<string, unknown>> | null;
  /**
   * Never falls from one offset to the next: `now` of its `append`, or later when an event before it is later; up to
   * `BLOCK_SPAN_MS` earlier when it shares a block with one that came just before.
   */
  readonly receivedAt: number;
  readonly retryOf: string | null;
  readonly refused: ErrorRecord | null;
}

/** One try at handing events to one destination. */
export interface DeliveryAttempt {
  /** The first offset of the batch that was tried, and the one behind its last. */
  readonly from: number;
  readonly to: number;
  /** Counts the tries of these events at this destination, from 1. */
  readonly attempt: number;
  readonly destination: string;
  readonly startedAt: number;
  readonly durationMs: number;
  readonly outcome: 'delivered' | 'failed';
  /** Of the definition that was used (invariant 5). */
  readonly revision: string;
  readonly error?: ErrorRecord;
  /** Excerpts with secrets redacted, at most `MAX_EXCERPT` characters. */
  readonly request?: string;
  readonly response?: string;
  /** The replay that it was part of. */
  readonly replayId?: string;
}

/** An event whose attempts ran out: a dead letter. */
export interface FailedEvent {
  readonly offset: number;
  readonly attempts: number;
  readonly error: ErrorRecord;
}

/** An event that no destination wants: it is settled as cancelled. */
export interface LeftOutEvent {
  readonly offset: number;
  /** What left it out, for people: it stands where the name of a person stands who cancels. */
  readonly by: string;
}

/**
 * What a reader has settled. All of it is durable together or not at all. Only what it settles gets a fate: the offsets in
 * `failed`, `cancelled` and `leftOut` are the old committed offset or above, and below `offset`. What was to be cancelled there and is
 * not in `cancelled` was delivered (or failed) nevertheless.
 */
export interface DeliveryCommit {
  readonly pipelineId: string;
  readonly epoch: number;
  /** The new committed offset; equal to the old one to note attempts only. Never lower. */
  readonly offset: number;
  readonly at: number;
  readonly revision: string;
  /** Those of the events below `offset` that become dead letters. */
  readonly failed: readonly FailedEvent[];
  /** Offsets that the reader left out because they were cancelled. A cancelled one that was delivered nevertheless is not here. */
  readonly cancelled: readonly number[];
  /** Those of the events below `offset` that no destination wants, and that nobody had cancelled. */
  readonly leftOut?: readonly LeftOutEvent[];
  /** Attempts worth keeping: all that failed, those of exceptions, and a sample of the rest. */
  readonly attempts: readonly DeliveryAttempt[];
}

/** The right to deliver a pipeline's events. */
export interface ReaderLease {
  readonly pipelineId: string;
  /** Grows with each reader. */
  readonly epoch: number;
  /** Where to go on. */
  readonly offset: number;
}

export interface ReadLimit {
  readonly events: number;
  /** Of payload text, about; at least one event is read. */
  readonly bytes: number;
}

/**
 * An event with its fate, for people. It is `cancelled` from the moment it is cancelled, and `delivered` or `failed` again
 * when its reader had it delivered already.
 */
export interface EventRecord extends StoredEvent {
  readonly status: EventStatus;
  /** When it was settled or cancelled; null while it is `accepted`. */
  readonly settledAt: number | null;
  /** Revision of the definition that settled it; null while it is not below the committed offset. */
  readonly revision: string | null;
  /** Why it failed, or null. */
  readonly error: ErrorRecord | null;
  /** How often it was tried before it failed; null where that was not noted. */
  readonly attemptCount: number | null;
  /** Who cancelled it, or what left it out of delivery. */
  readonly cancelledBy: string | null;
  /** The newest event that tries this one again. */
  readonly retriedBy: string | null;
  /** When this dead letter was retried or discarded, or a replay brought it to its destinations; the first of these. */
  readonly resolvedAt: number | null;
}

export interface EventFilter {
  /** Of any of these; an empty list lets nothing through. */
  readonly pipelineIds: readonly string[];
  readonly type?: string;
  readonly status?: EventStatus;
  /** Dead letters that nobody retried, replayed or discarded (`resolvedAt` is null). */
  readonly unresolved?: boolean;
  /** Received at or after. */
  readonly from?: number;
  /** Received before. */
  readonly to?: number;
}

/** Part of a list. `next` continues it, also while events arrive; null at its end. A page may be short and have a `next`. */
export interface EventPage {
  readonly events: readonly EventRecord[];
  readonly next: string | null;
}

export interface EventStats {
  /** The offset that the next event gets: how many there ever were. */
  readonly next: number;
  readonly committed: number;
  /** The first offset that is still kept. */
  readonly oldest: number;
  /** Of the events that are kept, and of those among them that are not settled, about. */
  readonly bytes: number;
  readonly backlogBytes: number;
  /** Those that are not resolved. */
  readonly deadLetters: number;
  /** Accepted within the last 24 hours, as far as they are kept. */
  readonly last24h: number;
  readonly lastReceivedAt: number | null;
  readonly committedAt: number | null;
  /** When the oldest event that is not settled was received: how late delivery is. Null when all are. */
  readonly waitingSince: number | null;
}

export const REPLAY_STATUSES = ['pending', 'running', 'success', 'failed', 'cancelled'] as const;
export type ReplayStatus = (typeof REPLAY_STATUSES)[number];

/** What to replay. A window has the events received at or after `from` and before `to`. */
export type ReplaySelection =
  | { readonly kind: 'events'; readonly ids: readonly string[] }
  | {
      readonly kind: 'window';
      readonly from: number;
      readonly to: number;
      readonly type?: string;
      readonly status?: EventStatus;
    }
  | { readonly kind: 'dead-letters' };

/** Somebody's wish to bring settled events to the destinations once more. */
export interface NewReplay {
  readonly id: string;
  readonly pipelineId: string;
  readonly selection: ReplaySelection;
  /** At most. */
  readonly eventsPerSecond: number;
  readonly createdBy: string;
  readonly createdAt: number;
}

export interface ReplayProgress {
  /** Events in the selection, once that is known. */
  readonly total: number | null;
  readonly processed: number;
  readonly delivered: number;
  readonly failed: number;
  /** Where the reader goes on after a restart: an offset, or for `events` an index. */
  readonly position: number;
}

export interface ReplayJob extends NewReplay, ReplayProgress {
  readonly status: ReplayStatus;
  readonly startedAt: number | null;
  readonly finishedAt: number | null;
  readonly cancelRequestedAt: number | null;
  readonly cancelRequestedBy: string | null;
  readonly error: ErrorRecord | null;
}

export interface ReplayUpdate extends ReplayProgress {
  readonly id: string;
  readonly pipelineId: string;
  readonly epoch: number;
  readonly at: number;
  /** `running`, or how it ended. */
  readonly status: Exclude<ReplayStatus, 'pending'>;
  readonly error?: ErrorRecord;
  /** Dead letters that the replay delivered: they are resolved. */
  readonly resolved: readonly number[];
  readonly attempts: readonly DeliveryAttempt[];
}

/** What producers use. */
export interface EventIntake {
  /**
   * Stores events, and their idempotency keys in the same transaction (invariant 1); durable when it resolves. Answers in the
   * order of the events. Calls that wait at the same time share one transaction. Events of one pipeline get offsets in
   * the order of the calls and within them; where it rejects, nothing of the call was stored. But with Redis events of other
   * pipelines of the same call may have been, and after `unavailable` all of it: the answer may have got lost.
   *
   * Rejects at once with `overloaded` (retryable, `retryAfter`) when more waits than the log may hold in memory.
   */
  append(events: readonly NewEvent[], now: number): Promise<readonly Appended[]>;
}

/** What the stream runner uses. */
export interface EventDelivery {
  /**
   * Takes the right to deliver for `holder`, or null while somebody else has it. The holder itself gets a new epoch. Leases run out
   * by the clock of the store, which is one for all: a host whose own is ahead takes none early.
   */
  acquire(pipelineId: string, holder: string, ttlMs: number): Promise<ReaderLease | null>;
  /** Prolongs leases; answers the pipelines whose lease is still this epoch's, also when it ran out and nobody took it. */
  renew(leases: readonly Pick<ReaderLease, 'pipelineId' | 'epoch'>[], ttlMs: number): Promise<ReadonlySet<string>>;
  /** Gives the right back, so that the next reader need not wait. */
  release(lease: Pick<ReaderLease, 'pipelineId' | 'epoch'>): Promise<void>;
  /**
   * Events from `offset` on, in order, without gaps; empty at the end of the log. Below the oldest it starts at that. May answer
   * less than asked for though there is more. Their payloads may be shared with later calls: nobody changes them.
   */
  read(pipelineId: string, offset: number, limit: ReadLimit): Promise<readonly StoredEvent[]>;
  /** Which of the offsets from `from` and below `to` are cancelled. What is cancelled later may be found by the next call only. */
  cancelled(pipelineId: string, from: number, to: number): Promise<ReadonlySet<number>>;
  /**
   * False when the epoch is not the newest any more, or the pipeline was deleted: nothing was stored, and the reader must stop
   * (invariant 2). Of one batch (the same `from` and `to`) the newest `MAX_ATTEMPTS` attempts are kept. Rejects with `internal`
   * when an offset is not one that it may settle.
   */
  commit(commit: DeliveryCommit): Promise<boolean>;
  /** Replays that are `pending` or `running`, oldest first. */
  openReplays(pipelineId: string): Promise<readonly ReplayJob[]>;
  /**
   * As `commit`, for a replay: `running` begins it, the others end it. A replay that has ended stays as it is, and one that is
   * gone is gone; `resolved` and `attempts` are noted all the same, and the answer is true.
   */
  updateReplay(update: ReplayUpdate): Promise<boolean>;
  /**
   * Calls back soon after events came, were cancelled, or replays were asked for: by this process at once, by another
   * within 50 ms. With the pipeline, or null when it may be any. May call without a reason.
   */
  watch(listener: (pipelineId: string | null) => void): () => void;
}

/** What people use, through the API. */
export interface EventControl {
  get(id: string): Promise<EventRecord | null>;
  /** Newest first, at most `limit` of them; `after` is the `next` of the page before. Throws `invalid_request` for one that is not. */
  list(filter: EventFilter, limit: number, after?: string): Promise<EventPage>;
  /**
   * Oldest first: events behind `after`, which is the `next` of the call before or the id of an event; null begins at the
   * end of the log. `next` is never null; while a call answers another `next` than it was given there may be more. Never leaves
   * one out; may repeat those of the millisecond where it went on. Throws `invalid_request` for an `after` that is neither.
   */
  tail(filter: EventFilter, limit: number, after: string | null): Promise<EventPage & { readonly next: string }>;
  /** Attempts that were kept for an event, oldest first: the newest `MAX_ATTEMPTS`. */
  attempts(id: string): Promise<readonly DeliveryAttempt[]>;
  /** Null when there is no such event; false when it is settled. Cancelling a cancelled one is true. */
  cancel(id: string, by: string, now: number): Promise<boolean | null>;
  /** Notes which event (`by`) tries this one again; a dead letter is resolved by it. Nothing for an event that is not there. */
  retried(id: string, by: string, now: number): Promise<void>;
  /**
   * Resolves dead letters without delivering them; all of the pipeline when `ids` is null. Answers how many were resolved by
   * it: what is none, or of another pipeline, or resolved, does not count.
   */
  discard(pipelineId: string, ids: readonly string[] | null, now: number): Promise<number>;
  /** The same id again changes nothing and answers the one that is there. */
  createReplay(replay: NewReplay): Promise<ReplayJob>;
  replay(id: string): Promise<ReplayJob | null>;
  /** Newest first, at most 1,000. */
  replays(pipelineId: string): Promise<readonly ReplayJob[]>;
  /** Ends a pending one, asks a running one to stop; an ended one stays as it is. Null when there is none. */
  cancelReplay(id: string, by: string, now: number): Promise<ReplayJob | null>;
  /** Of every pipeline that has any event; the others are absent. */
  stats(pipelineIds: readonly string[], now: number): Promise<ReadonlyMap<string, EventStats>>;
}

/** What the controller uses. */
export interface EventRetention {
  /**
   * Deletes settled events received before `before`, and the oldest settled ones while more than `maxBytes` are kept, with
   * what belongs to them. Events go in whole blocks: those that share one with an event that stays, stay. Does a slice of at most
   * some 50 ms of work; `more` says that another call finds more.
   */
  prune(
    pipelineId: string,
    before: number,
    maxBytes: number,
  ): Promise<{ readonly removed: number; readonly more: boolean }>;
  /** Forgets idempotency keys that have passed, and replays that ended more than 30 days ago. */
  sweep(now: number): Promise<void>;
  /** Deletes all of a pipeline: events, keys, exceptions, replays, offset and lease. */
  deletePipeline(pipelineId: string): Promise<void>;
  /** Pipelines that have anything in the log. */
  pipelines(): Promise<readonly string[]>;
}

export interface EventLog extends EventIntake, EventDelivery, EventControl, EventRetention {}
