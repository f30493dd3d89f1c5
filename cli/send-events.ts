/** Sends events in batches, one JSON value a line, and sends again what may have been lost. */
import { HeadgateError, isHeadgateError, messageOf, type ErrorCodeName } from '../foundation/errors.ts';
import { backoffDelay, sleep } from '../foundation/time.ts';
import { formatJson, parseJson } from '../store/exact-json.ts';
import type { Client } from './client.ts';

/** Of one request. The server takes 10,000 events and 16 MiB; smaller batches show progress and repeat less. */
const BATCH_EVENTS = 500;
const BATCH_CHARACTERS = 4 * 1024 * 1024;
/** Of one line, in bytes: more than any event may have. */
const MAX_LINE = 1024 * 1024;
/** How often in a row a batch is sent again, waiting as `Retry-After` says, or some minutes in all. */
const MAX_FAILURES = 12;
const BACKOFF = { initial: 250, max: 30_000, jitter: true };
const MAY_PASS: ReadonlySet<ErrorCodeName> = new Set(['rate_limited', 'overloaded', 'backlog_full', 'unavailable']);

export interface EventsToSend {
  readonly pipeline: string;
  readonly workspace: string | undefined;
  /** Left out: each line says its own, as `{event_type, payload}`. */
  readonly type: string | undefined;
  readonly key: string | undefined;
  /** Of the line with this number, for those that have none of their own. */
  readonly idempotencyKey: (line: number) => string;
}

/** What became of one line. */
export interface SentEvent {
  readonly line: number;
  readonly event_id?: string;
  readonly received_at?: string;
  readonly error?: { readonly code: string; readonly message: string };
}

interface Line {
  readonly number: number;
  readonly text: string;
}

interface Answer {
  readonly data?: readonly Result[];
}
interface Result {
  readonly event_id?: string;
  readonly received_at?: string;
  readonly error?: { readonly code: string; readonly message: string };
}

/**
 * Sends the lines of `input` in their order, soon after they come; `onSent` hears of each batch once it is durable. Refused events are told there.
 * Rejects with `invalid_request` for a line that is not JSON (those before it were sent), and with what does not pass.
 */
export async function sendEvents(
  client: Client,
  input: AsyncIterable<Uint8Array>,
  events: EventsToSend,
  onSent: (results: readonly SentEvent[]) => void,
  signal: AbortSignal,
): Promise<void> {
  let batch: Line[] = [];
  let characters = 0;
  const flush = async (): Promise<void> => {
    if (batch.length > 0) onSent(await sendBatch(client, batch, events, signal));
    batch = [];
    characters = 0;
  };
  for await (const line of linesOf(input)) {
    signal.throwIfAborted();
    if (line === null) {
      await flush();
      continue;
    }
    let text: string;
    try {
      text = eventOf(line, events);
    } catch (error) {
      await flush();
      throw error;
    }
    if (batch.length === BATCH_EVENTS || characters + text.length > BATCH_CHARACTERS) await flush();
    batch.push({ number: line.number, text });
    characters += text.length;
  }
  await flush();
}

async function sendBatch(
  client: Client,
  batch: readonly Line[],
  { pipeline, workspace }: EventsToSend,
  signal: AbortSignal,
): Promise<readonly SentEvent[]> {
  const texts = batch.map(({ text }) => text);
  for (let failures = 0; ;) {
    try {
      const answer = await client.postLines<Answer & Result>('/v1/events', texts, { pipeline_id: pipeline, workspace });
      const results = answer.data ?? [answer];
      return batch.map(({ number }, index) => ({ line: number, ...shown(results[index]) }));
    } catch (error) {
      signal.throwIfAborted();
      failures += 1;
      if (!isHeadgateError(error) || !MAY_PASS.has(error.code) || failures > MAX_FAILURES) throw error;
      const asked = (error.retryAfter ?? 0) * 1000;
      await sleep(Math.max(asked, backoffDelay(BACKOFF, failures)), signal);
    }
  }
}

function shown(result: Result | undefined): Omit<SentEvent, 'line'> {
  if (result === undefined) throw new HeadgateError('unavailable', 'the server did not answer for every event');
  if (result.error !== undefined) return { error: { code: result.error.code, message: result.error.message } };
  return {
    ...(result.event_id === undefined ? {} : { event_id: result.event_id }),
    ...(result.received_at === undefined ? {} : { received_at: result.received_at }),
  };
}

/** The event of a line, as the API takes it. Its numbers keep their digits. */
function eventOf({ number, text }: Line, { type, key, idempotencyKey }: EventsToSend): string {
  let value: unknown;
  try {
    value = parseJson(text);
  } catch (cause) {
    throw new HeadgateError('invalid_request', `line ${number} is not JSON: ${messageOf(cause).slice(0, 200)}`, {
      cause,
    });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new HeadgateError('invalid_request', `line ${number} is not a JSON object`);
  }
  const event = type === undefined ? { ...value } : { event_type: type, payload: value };
  return formatJson({
    idempotency_key: idempotencyKey(number),
    ...(key === undefined ? {} : { key }),
    ...event,
  });
}

/** Lines that are not empty, numbered from 1; null where it has to be waited for the next ones. Throws `payload_too_large` for one that is longer than any event. */
async function* linesOf(input: AsyncIterable<Uint8Array>): AsyncGenerator<Line | null> {
  const decoder = new TextDecoder();
  let rest = '';
  let number = 0;
  const checked = (text: string): string => {
    if (text.length <= MAX_LINE) return text;
    throw new HeadgateError('payload_too_large', `line ${number + 1} is longer than 1 MiB`);
  };
  for await (const part of input) {
    const lines = (rest + decoder.decode(part, { stream: true })).split('\n');
    rest = checked(lines.pop()!);
    for (const line of lines) {
      const text = checked(line).trim();
      number += 1;
      if (text !== '') yield { number, text };
    }
    yield null;
  }
  const last = checked(rest + decoder.decode()).trim();
  if (last !== '') yield { number: number + 1, text: last };
}
