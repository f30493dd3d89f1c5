import { Redis, type RedisOptions } from 'ioredis';
import { backoffDelay, sleep, type Backoff } from '../../foundation/time.ts';

type Listener = (message: string | null) => void;

const RECONNECT: Backoff = { initial: 20, max: 2000, jitter: true };
/** How often a quiet connection is asked whether it is alive. */
const PING_MS = 5000;

/**
 * The connection for messages, made when somebody listens for the first time. It comes back by itself, to another node of
 * a cluster where need be; messages of the time between are lost, so that listeners are then called with null.
 */
export class Subscriber {
  readonly #options: () => RedisOptions;
  readonly #channels = new Map<string, Set<Listener>>();
  readonly #closing = new AbortController();
  #connection: Redis | null = null;
  #started = false;

  /** `options` answers which server to connect to; asked for every connection. */
  constructor(options: () => RedisOptions) {
    this.#options = options;
  }

  subscribe(channel: string, listener: Listener): () => void {
    const own: Listener = (message) => listener(message);
    const listeners = this.#channels.get(channel) ?? new Set();
    listeners.add(own);
    if (!this.#channels.has(channel)) {
      this.#channels.set(channel, listeners);
      if (this.#connection !== null) void this.#join(this.#connection, [channel]);
    }
    if (!this.#started) {
      this.#started = true;
      void this.#run();
    }
    // The channel stays subscribed until the end: whoever comes next misses nothing.
    return () => {
      listeners.delete(own);
    };
  }

  close(): void {
    this.#channels.clear();
    this.#closing.abort();
    this.#connection?.disconnect();
  }

  /** Connects again and again until the end. */
  async #run(): Promise<void> {
    const { signal } = this.#closing;
    for (let attempt = 1; !signal.aborted; attempt++) {
      const connection = new Redis({ ...this.#options(), lazyConnect: true, retryStrategy: null });
      const ended = new Promise<void>((resolve) => connection.once('end', () => resolve()));
      // Its end says all there is to know.
      connection.on('error', () => {});
      connection.on('message', (channel, message) => this.#tell(channel, message));
      const ping = setInterval(() => void connection.ping().catch(() => connection.disconnect()), PING_MS).unref();
      try {
        await connection.connect();
        this.#connection = connection;
        if (await this.#join(connection, [...this.#channels.keys()])) attempt = 0;
        if (!signal.aborted) await ended;
      } catch {
        // No connection: the next try may have one.
      }
      clearInterval(ping);
      this.#connection = null;
      connection.disconnect();
      if (signal.aborted) return;
      await sleep(backoffDelay(RECONNECT, Math.max(1, attempt)), signal).catch(() => {});
    }
  }

  /** Subscribes and tells the listeners, who may have missed something until now. */
  async #join(connection: Redis, channels: readonly string[]): Promise<boolean> {
    try {
      await connection.subscribe(...channels);
    } catch {
      connection.disconnect();
      return false;
    }
    for (const channel of channels) this.#tell(channel, null);
    return true;
  }

  #tell(channel: string, message: string | null): void {
    for (const listener of this.#channels.get(channel) ?? []) listener(message);
  }
}
