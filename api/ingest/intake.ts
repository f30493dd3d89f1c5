/** The way of checked input into the log: rules of the pipeline, limits, back-pressure, append. */
import { HeadgateError, isHeadgateError, type ErrorRecord } from '../../foundation/errors.ts';
import { formatJson } from '../../store/exact-json.ts';
import { MAX_EVENT_PAYLOAD, type Appended, type NewEvent } from '../../store/event-ports.ts';
import type { RouteDeps } from '../deps.ts';
import type { Backlogs } from './backlog.ts';
import type { EventInput } from './input.ts';
import type { IngestMetrics } from './metrics.ts';
import type { Target } from './target.ts';

/** How deeply objects and arrays of a payload may stand in each other. */
export const MAX_DEPTH = 128;
/** Of the JSON text of attributes, in characters. */
const MAX_ATTRIBUTES = 16_384;

/** An event for a pipeline. */
export interface Offer {
  readonly target: Target;
  readonly event: NewEvent;
}

export interface Stored {
  readonly pipelineId: string;
  readonly type: string;
  readonly id: string;
  readonly receivedAt: number;
}

export type Outcome = Stored | HeadgateError;

export interface Intake {
  /** Throws why the event cannot be taken. */
  offer(input: EventInput, target: Target): Offer;
  /**
   * Stores what there is to store and answers in the order of `offers`; durable when it resolves (invariant 1). Rejects
   * with `rate_limited`, `backlog_full` and what `append` rejects with: then nothing was stored.
   */
  store(offers: readonly (Offer | HeadgateError)[]): Promise<readonly Outcome[]>;
}

export function createIntake(
  deps: Pick<RouteDeps, 'store' | 'clock'>,
  backlogs: Backlogs,
  metrics: IngestMetrics,
): Intake {
  const append = async (events: readonly NewEvent[]): Promise<readonly Appended[]> => {
    const begin = performance.now();
    const appended = await deps.store.events.append(events, deps.clock());
    metrics.appended((performance.now() - begin) / 1000);
    return appended;
  };

  return {
    offer,
    async store(offers) {
      const taken: Offer[] = [];
      for (const offer of offers) if (!isHeadgateError(offer)) taken.push(offer);
      if (taken.length === 0) return offers as readonly HeadgateError[];
      const shares = sharesOf(taken);
      for (const { target } of shares.values()) {
        const waiting = backlogs.bytes(target.id);
        refuseBacklog(target, typeof waiting === 'number' ? waiting : await waiting);
      }
      takeFrom(shares, deps.clock());
      const appended = await append(taken.map(({ event }) => event));
      for (const [id, { bytes }] of shares) backlogs.add(id, bytes);
      let next = 0;
      return offers.map((offer) => {
        if (isHeadgateError(offer)) return offer;
        const outcome = outcomeOf(offer.event, appended[next++]!);
        if (!isHeadgateError(outcome)) metrics.accepted(offer.event.payload.length);
        return outcome;
      });
    },
  };
}

function offer(input: EventInput, target: Target): Offer {
  if (target.refusal !== null) throw target.refusal;
  const unsynchronized = target.unsynchronized?.(input.event_type) ?? null;
  if (unsynchronized !== null) throw unsynchronized;
  if (!isWithin(input.payload, MAX_DEPTH)) {
    throw new HeadgateError('invalid_request', `the payload is more than ${MAX_DEPTH} levels deep`);
  }
  const payload = jsonOf(input.payload);
  if (payload.length * 3 > MAX_EVENT_PAYLOAD && Buffer.byteLength(payload) > MAX_EVENT_PAYLOAD) {
    throw new HeadgateError('payload_too_large', 'payload exceeds the 256KB limit', {
      hint: 'send a reference to what is large instead of the thing itself',
    });
  }
  const refused = target.rules?.check?.(input.event_type, input.payload) ?? null;
  if (refused !== null && target.rules!.onInvalid === 'reject') throw refusalOf(refused);
  // Set one by one: spreading what is nearly always absent costs more than all the rest.
  const event: { -readonly [F in keyof NewEvent]: NewEvent[F] } = {
    pipelineId: target.id,
    type: input.event_type,
    key: input.key ?? target.rules?.keyOf(input.payload) ?? null,
    payload,
  };
  if (input.idempotency_key !== undefined) event.idempotencyKey = input.idempotency_key;
  if (refused !== null) event.refused = refused;
  if (input.attributes !== undefined) event.attributes = attributesOf(input.attributes);
  return { target, event };
}

function refusalOf({ code, message, at = '' }: ErrorRecord): HeadgateError {
  return new HeadgateError(code, message, { issues: [{ pointer: `/payload${at}`, message }] });
}

function attributesOf(attributes: Readonly<Record<string, unknown>>): string {
  const text = jsonOf(attributes);
  if (text.length <= MAX_ATTRIBUTES) return text;
  throw new HeadgateError('payload_too_large', `the attributes of the event are over ${MAX_ATTRIBUTES} characters`);
}

/** Integers beyond 2^53 are rare, and the way that keeps their digits takes ten times as long. */
function jsonOf(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch (error) {
    if (error instanceof TypeError) return formatJson(value);
    throw error;
  }
}

function isWithin(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return true;
  if (depth === 0) return false;
  if (Array.isArray(value)) {
    for (const item of value) if (!isWithin(item, depth - 1)) return false;
    return true;
  }
  for (const key in value) if (!isWithin((value as Record<string, unknown>)[key], depth - 1)) return false;
  return true;
}

interface Share {
  readonly target: Target;
  count: number;
  bytes: number;
}

/** How much of a request each pipeline gets. */
function sharesOf(offers: readonly Offer[]): ReadonlyMap<string, Share> {
  const shares = new Map<string, Share>();
  for (const { target, event } of offers) {
    const share = shares.get(target.id);
    if (share === undefined) shares.set(target.id, { target, count: 1, bytes: event.payload.length });
    else {
      share.count++;
      share.bytes += event.payload.length;
    }
  }
  return shares;
}

function refuseBacklog(target: Target, waiting: number): void {
  if (waiting < target.backlogBytes) return;
  throw new HeadgateError('backlog_full', `${waiting} bytes of events wait for delivery in this pipeline`, {
    retryAfter: 5,
    retryable: true,
  });
}

/** All or none: a request that is over the limit of one of its pipelines uses up nothing. */
function takeFrom(shares: ReadonlyMap<string, Share>, now: number): void {
  for (const { target, count } of shares.values())
    refuseRate(target.bucket.wait(count, now), count, target.bucket.perSecond, 'pipeline');
  for (const { target, count } of shares.values()) target.bucket.take(count, now);
}

/** Throws `rate_limited` when there is a wait, `payload_too_large` when waiting would not help. */
export function refuseRate(waitMs: number, count: number, perSecond: number, what: 'pipeline' | 'token'): void {
  if (waitMs === 0) return;
  if (waitMs === Infinity) {
    throw new HeadgateError(
      'payload_too_large',
      `${count} events at once, and this ${what} takes ${perSecond} a second`,
      {
        hint: `send ${perSecond} events a request at most`,
      },
    );
  }
  throw new HeadgateError('rate_limited', `over ${perSecond} events a second with this ${what}`, {
    retryAfter: waitMs / 1000,
    retryable: true,
  });
}

function outcomeOf(event: NewEvent, appended: Appended): Outcome {
  if (appended.result === 'conflict') {
    return new HeadgateError(
      'idempotency_key_reused',
      'the idempotency key was used for another event within 24 hours',
    );
  }
  return { pipelineId: event.pipelineId, type: event.type, id: appended.id, receivedAt: appended.receivedAt };
}
