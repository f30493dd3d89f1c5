/**
 * Reads streams as a consumer of a group. An entry is acknowledged once its event is durable in the log (invariant 1);
 * until then it stays with the group, and is read again after any failure. The event log knows it by stream and id, so that
 * reading it again makes no second event.
 */
import { HeadgateError, isHeadgateError, messageOf } from '../../../foundation/errors.ts';
import { backoffDelay, parseDuration, sleep, type Backoff } from '../../../foundation/time.ts';
import type { ConnectorContext, IncomingEvent, StreamSource } from '../../ports.ts';
import { connect, guard, type Connection } from './connection.ts';
import { understand, type Entry } from './entries.ts';
import { replyCode } from './errors.ts';
import type { ReadSettings, RedisStreamSettings } from './settings.ts';

const BACKOFF: Backoff = { initial: 100, max: 15_000, jitter: true };
/** How often idle entries of other consumers are looked for at most. */
const MIN_CLAIM_MS = 1000;

type Push = (events: readonly IncomingEvent[]) => Promise<void>;
type Batch = readonly (readonly [stream: string, entries: readonly Entry[]])[];

export function redisStreamSource(settings: RedisStreamSettings, ctx: ConnectorContext): StreamSource {
  const { read } = settings;
  if (read === undefined) {
    throw new HeadgateError('invalid_settings', 'a source of connector redis-stream needs `read.streams`', {
      hint: 'read: {streams: [orders]}',
    });
  }
  return { run: (push) => new Reader(settings, read, ctx, push).run() };
}

class Reader {
  readonly #settings: RedisStreamSettings;
  readonly #read: ReadSettings;
  readonly #ctx: ConnectorContext;
  readonly #push: Push;
  readonly #group: string;
  readonly #consumer: string;
  readonly #count: number;
  readonly #blockMs: number;
  readonly #claimMs: number;
  /** Failures since something was read. */
  #failures = 0;
  /** Where a group begins; one that was there and is gone, at the oldest entry: everything in the stream is new then. */
  #start: string;

  constructor(settings: RedisStreamSettings, read: ReadSettings, ctx: ConnectorContext, push: Push) {
    this.#settings = settings;
    this.#read = read;
    this.#ctx = ctx;
    this.#push = push;
    this.#group = read.group ?? 'headgate';
    this.#consumer = read.consumer ?? 'headgate';
    this.#count = read.count ?? 500;
    this.#blockMs = parseDuration(read.block ?? '5s');
    this.#claimMs = parseDuration(read.claimIdle ?? '5m');
    this.#start = read.start ?? '0';
  }

  /** Ends when the signal aborts. Throws where waiting cannot help: a wrong password, a key that is no stream. */
  async run(): Promise<void> {
    const { signal, log } = this.#ctx;
    while (!signal.aborted) {
      try {
        await this.#session();
      } catch (error) {
        if (signal.aborted) return;
        if (!isHeadgateError(error) || !error.retryable) throw error;
        this.#failures += 1;
        const wait = Math.max(backoffDelay(BACKOFF, this.#failures), (error.retryAfter ?? 0) * 1000);
        log('warn', `${messageOf(error)}; trying again in ${wait} ms`);
        await sleep(wait, signal).catch(() => undefined);
      }
    }
  }

  /** Works until something fails. */
  async #session(): Promise<void> {
    const { signal } = this.#ctx;
    const side = 'source_failed';
    const connection = await connect({ settings: this.#settings, side, signal, blockMs: this.#blockMs });
    try {
      for (const stream of this.#read.streams) {
        await this.#call(stream, () => this.#makeGroup(connection, stream));
        await this.#takePending(connection, stream);
      }
      this.#start = '0';
      let claimAt = 0;
      while (!signal.aborted) {
        if (Date.now() >= claimAt) {
          for (const stream of this.#read.streams) await this.#takeOver(connection, stream);
          claimAt = Date.now() + Math.max(MIN_CLAIM_MS, this.#claimMs / 2);
        }
        await this.#takeNew(connection);
      }
    } finally {
      connection.close();
    }
  }

  async #makeGroup({ client }: Connection, stream: string): Promise<void> {
    try {
      await client.call('XGROUP', 'CREATE', stream, this.#group, this.#start, 'MKSTREAM');
    } catch (error) {
      if (replyCode(error) !== 'BUSYGROUP') throw error;
    }
  }

  /** What this consumer was given before and has not acknowledged. */
  async #takePending(connection: Connection, stream: string): Promise<void> {
    for (let after = '0'; ;) {
      const [found] = (await this.#readGroup(connection, [stream], [after], null)) ?? [];
      const entries = found?.[1] ?? [];
      if (entries.length === 0) return;
      await this.#take(connection, stream, entries);
      after = entries.at(-1)![0];
    }
  }

  async #takeNew(connection: Connection): Promise<void> {
    const { streams } = this.#read;
    const batch = await this.#readGroup(
      connection,
      streams,
      streams.map(() => '>'),
      this.#blockMs,
    );
    this.#failures = 0;
    for (const [stream, entries] of batch ?? []) await this.#take(connection, stream, entries);
  }

  /** What other consumers were given and have left lying for `claimIdle`. */
  async #takeOver(connection: Connection, stream: string): Promise<void> {
    for (let cursor = '0-0'; ;) {
      const [next, entries] = await this.#call(stream, async () => {
        const args = [stream, this.#group, this.#consumer, this.#claimMs, cursor, 'COUNT', this.#count];
        return (await connection.client.call('XAUTOCLAIM', ...args)) as [string, Entry[]];
      });
      // Redis 6.2 has null in place of an entry that was deleted.
      await this.#take(
        connection,
        stream,
        entries.filter((entry) => (entry as Entry | null) !== null),
      );
      if (next === '0-0') return;
      cursor = next;
    }
  }

  async #take(connection: Connection, stream: string, entries: readonly Entry[]): Promise<void> {
    if (entries.length === 0) return;
    const events: IncomingEvent[] = [];
    const done: string[] = [];
    const odd: string[] = [];
    for (const [id, fields] of entries) {
      const understood = fields === null ? null : understand(stream, id, fields, this.#read);
      if (understood?.fits === false) {
        this.#ctx.log(
          'error',
          `entry ${id} of stream '${stream}' is larger than an event may be; it stays with the group`,
        );
        continue;
      }
      done.push(id);
      if (understood === null) continue;
      events.push(understood.event);
      if (!understood.readable) odd.push(id);
    }
    if (odd.length > 0) {
      this.#ctx.log(
        'warn',
        `stream '${stream}': ${odd.length} entries have no JSON object that can be taken in the field '${this.#read.payloadField}', from ${odd[0]} on; their fields are taken as they are`,
      );
    }
    if (events.length > 0) await this.#push(events);
    this.#ctx.progress(events.length);
    // Invariant 1: only now that the events are durable.
    if (done.length > 0) await this.#call(stream, () => connection.client.call('XACK', stream, this.#group, ...done));
  }

  async #readGroup(
    { client }: Connection,
    streams: readonly string[],
    ids: readonly string[],
    blockMs: number | null,
  ): Promise<Batch | null> {
    const block = blockMs === null ? [] : ['BLOCK', Math.max(1, blockMs)];
    const args = ['GROUP', this.#group, this.#consumer, 'COUNT', this.#count, ...block, 'STREAMS', ...streams, ...ids];
    return this.#call(streams.join(', '), async () => (await client.call('XREADGROUP', ...args)) as Batch | null);
  }

  async #call<T>(stream: string, work: () => Promise<T>): Promise<T> {
    return guard('source_failed', `stream '${stream}'`, this.#ctx.signal, async () => {
      try {
        return await work();
      } catch (error) {
        // The stream or its group was deleted, or Redis came back without its data: the next session makes them again.
        const gone =
          ['NOGROUP', 'UNBLOCKED'].includes(replyCode(error) ?? '') || /no longer exists/.test(messageOf(error));
        if (!gone) throw error;
        throw new HeadgateError('source_failed', `stream '${stream}' or its group is gone`, { retryable: true });
      }
    });
  }
}
