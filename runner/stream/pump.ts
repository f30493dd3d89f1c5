/** Brings the events of a source that is read from outside into the event log. */
import { HeadgateError } from '../../foundation/errors.ts';
import { backoffDelay, sleep, type Backoff } from '../../foundation/time.ts';
import { formatJson } from '../../store/exact-json.ts';
import { MAX_EVENT_PAYLOAD, type EventIntake, type NewEvent } from '../../store/event-ports.ts';
import type { TypeFilter } from '../events/synchronizations.ts';
import type { IncomingEvent, StreamSource } from '../ports.ts';
import { untilStored } from './patience.ts';

export interface PumpOptions {
  readonly source: StreamSource;
  readonly events: Pick<EventIntake, 'append'>;
  readonly pipelineId: string;
  /** Which types are taken; the others are passed over. Undefined: all. */
  readonly wants?: TypeFilter;
  /** Aborts when the stream drains or its lease is lost: another reader then reads the source. */
  readonly signal: AbortSignal;
  readonly onTrouble: (error: unknown) => void;
}

/** Of one append: the log groups by itself, this bounds what one call holds. */
const CHUNK_EVENTS = 1000;
const CHUNK_BYTES = 4 * 1024 * 1024;
const BACKOFF: Backoff = { initial: 500, max: 30_000, jitter: true };
/** A source that ran for so long was well, and begins with the shortest wait again. */
const WELL_MS = 60_000;
/** What was wrong before is over when a source has run for so long without an error: longer than it takes to connect. */
const QUIET_MS = 15_000;

/** Runs the source until the signal aborts, and again after a while when it ends or throws. Never rejects. */
export async function pump(options: PumpOptions): Promise<void> {
  const { source, signal, onTrouble } = options;
  for (let attempt = 1; !signal.aborted; attempt++) {
    const started = performance.now();
    // A source that has nothing to bring for now is well, too.
    const timer = setTimeout(() => onTrouble(null), QUIET_MS);
    try {
      await source.run((events) => push(events, options));
      if (!signal.aborted) onTrouble(new HeadgateError('source_failed', 'the source ended', { retryable: true }));
    } catch (error) {
      if (!signal.aborted) onTrouble(error);
    } finally {
      clearTimeout(timer);
    }
    if (performance.now() - started > WELL_MS) attempt = 1;
    await sleep(backoffDelay(BACKOFF, attempt), signal).catch(() => undefined);
  }
}

/** Resolves once all are durable in the log (invariant 1). */
async function push(events: readonly IncomingEvent[], options: PumpOptions): Promise<void> {
  const { signal, onTrouble, pipelineId, wants } = options;
  const wanted = wants === undefined ? events : events.filter(({ type }) => wants(type));
  for (const chunk of chunks(wanted.map((event) => toNewEvent(event, pipelineId)))) {
    await untilStored(() => options.events.append(chunk, Date.now()), signal, onTrouble);
  }
  onTrouble(null);
}

function toNewEvent(event: IncomingEvent, pipelineId: string): NewEvent {
  const payload = formatJson(event.payload);
  const bytes = Buffer.byteLength(payload);
  const base = {
    pipelineId,
    type: event.type,
    key: event.key,
    ...(event.attributes === undefined ? {} : { attributes: formatJson(event.attributes) }),
    ...(event.idempotencyKey === undefined ? {} : { idempotencyKey: event.idempotencyKey }),
  };
  if (bytes <= MAX_EVENT_PAYLOAD) return { ...base, payload };
  // Refused loudly: it must neither be lost nor stand in the way of those behind it.
  const message = `the payload has ${bytes} bytes, and ${MAX_EVENT_PAYLOAD} are the limit`;
  return { ...base, payload: '{}', refused: { code: 'payload_too_large', message } };
}

function* chunks(events: readonly NewEvent[]): Generator<readonly NewEvent[]> {
  let chunk: NewEvent[] = [];
  let bytes = 0;
  for (const event of events) {
    chunk.push(event);
    bytes += event.payload.length;
    if (chunk.length < CHUNK_EVENTS && bytes < CHUNK_BYTES) continue;
    yield chunk;
    chunk = [];
    bytes = 0;
  }
  if (chunk.length > 0) yield chunk;
}
