import { ApiError, ConnectionError, HeadgateError, TimeoutError } from './errors.ts';
import type { StreamOptions } from './options.ts';
import { waitBefore } from './retry.ts';
import { deadline, sleep, type Deadline } from './signals.ts';
import { SseParser, type Block } from './sse.ts';

/** An event of a live stream. */
export interface ServerEvent<Name extends string, Data> {
  readonly event: Name;
  /** Where a later stream can go on, as `lastEventId`; null before the server has named a place. */
  readonly id: string | null;
  readonly data: Data;
}

interface Decoding {
  readonly names: ReadonlySet<string>;
  readonly decode: (event: string, data: unknown) => unknown;
}

/** Opens a connection; `limit` is what ends it. */
type Open = (headers: Readonly<Record<string, string>>, limit: Deadline) => Promise<Response>;

const IDLE_MS = 60_000;
const MAX_RECONNECTS = 10;
const WAIT_MS = 1000;

/**
 * Events as they come. A connection that ends or breaks is opened anew after the last event that came, so that none is left
 * out; an event called `end` is the last. Throws what no new connection can mend: a wrong token, a thing that is gone.
 */
export async function* followStream(
  open: Open,
  { names, decode }: Decoding,
  options: StreamOptions,
): AsyncGenerator<ServerEvent<string, unknown>, void, undefined> {
  let lastId = options.lastEventId ?? null;
  let wait = WAIT_MS;
  for (let failures = 0; ; failures += 1) {
    const limit = deadline(options.idleTimeout ?? IDLE_MS, 'the stream', options.signal);
    let failure: unknown = new ConnectionError('the stream ended before its end');
    try {
      const response = await open(
        { accept: 'text/event-stream', ...(lastId === null ? {} : { 'last-event-id': lastId }) },
        limit,
      );
      for await (const block of blocksOf(response, limit)) {
        failures = 0;
        lastId = block.id ?? lastId;
        wait = block.retry ?? wait;
        if (block.data === null || !names.has(block.event)) continue;
        yield { event: block.event, id: lastId, data: decode(block.event, JSON.parse(block.data)) };
        if (block.event === 'end') return;
      }
    } catch (error) {
      if (options.signal?.aborted === true) throw options.signal.reason;
      if (waitBefore(0, error, true, 0) === null) throw error;
      failure = error;
    } finally {
      limit.close();
    }
    if (failures >= (options.maxReconnects ?? MAX_RECONNECTS)) throw failure;
    const asked = failure instanceof ApiError ? (failure.retryAfter ?? 0) : 0;
    const backoff = failures === 0 ? wait : (waitBefore(failures, failure, true, Math.random()) ?? wait);
    await sleep(Math.max(asked, backoff), options.signal);
  }
}

async function* blocksOf(response: Response, limit: Deadline): AsyncGenerator<Block, void, undefined> {
  const reader = response.body?.getReader();
  if (reader === undefined) return;
  const decoder = new TextDecoder();
  const parser = new SseParser();
  try {
    for (;;) {
      limit.restart();
      const { done, value } = await reader.read();
      // A consumer may take its time; only the server's silence counts.
      limit.lift();
      if (done) return;
      yield* parser.push(decoder.decode(value, { stream: true }));
    }
  } catch (error) {
    if (limit.signal.aborted) throw limit.signal.reason;
    if (error instanceof HeadgateError || error instanceof TimeoutError) throw error;
    throw new ConnectionError('the stream broke', { cause: error });
  } finally {
    // Also when nobody reads on: the connection is given back. It may be broken already, which is no news here.
    await reader.cancel().catch(() => undefined);
  }
}
