import { Cluster, Redis, type RedisOptions } from 'ioredis';
import type { HeadgateError } from '../../foundation/errors.ts';
import { backoffDelay, sleep, type Backoff } from '../../foundation/time.ts';
import { isAccess, isLost, redisError, replyCode, unavailable, wasNotExecuted } from './errors.ts';
import { redisKeys, type RedisKeys } from './keys.ts';
import { Subscriber } from './subscriber.ts';
import type { RedisAddress } from './url.ts';

export type RedisClient = Redis | Cluster;

const WAIT_MS = 5000;
/** How long a command that was sent may take. */
const COMMAND_MS = 10_000;
/** A connection that owes an answer and says nothing for so long is dead. */
const SILENCE_MS = 15_000;
const CONNECT_MS = 5000;
/** Calls that may wait for a connection at the same time; further ones are refused at once. */
const MAX_WAITING = 10_000;

const RECONNECT: Backoff = { initial: 50, max: 2000, jitter: true };
const AGAIN: Backoff = { initial: 20, max: 500, jitter: true };

export interface RedisConnectionOptions {
  /** How long a call waits for a connection, or for a server that is loading or failing over, in milliseconds; `WAIT_MS`. */
  readonly waitMs?: number;
}

/** The settings that all connections to `address` share. */
function connectionOptions(address: RedisAddress): RedisOptions {
  return {
    username: address.username,
    password: address.password,
    tls: address.tls ? {} : undefined,
    connectTimeout: CONNECT_MS,
    commandTimeout: COMMAND_MS,
    socketTimeout: SILENCE_MS,
    // A command whose answer was lost may have been executed, so that it is not sent again here: `read` does that.
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    // What Redis 6.2 and servers like it all speak.
    protocol: 2,
    // A replica after a failover: the name of the host may stand for another machine by now.
    reconnectOnError: (error) => replyCode(error) === 'READONLY',
    // A server that is loading says so to each command; INFO, which the check asks for, may not be allowed.
    enableReadyCheck: false,
    disableClientInfo: true,
  };
}

/** A client for one server, which connects by itself and for ever. */
export function singleClient(address: RedisAddress): Redis {
  return new Redis({
    ...connectionOptions(address),
    host: address.host,
    port: address.port,
    db: address.db,
    enableOfflineQueue: false,
    retryStrategy: (times) => backoffDelay(RECONNECT, times),
  });
}

/** A client for all nodes of a Redis Cluster. */
export function clusterClient(address: RedisAddress): Cluster {
  return new Cluster([{ host: address.host, port: address.port }], {
    redisOptions: connectionOptions(address),
    enableOfflineQueue: false,
    clusterRetryStrategy: (times) => backoffDelay(RECONNECT, times),
    enableReadyCheck: false,
    // 0: a command whose connection broke is not sent again, since it may have been executed.
    retryDelayOnFailover: 0,
    // Names in certificates stay names.
    dnsLookup: address.tls ? (host, done) => done(null, host) : undefined,
  });
}

/**
 * One Redis with what all ports of the store need: it waits for the connection a bounded time, tries again what was not
 * executed, and turns errors into `HeadgateError`s: `unavailable` (retryable), `store_full`, or `unavailable` with what is
 * wrong with user and password.
 */
export class RedisConnection {
  readonly keys: RedisKeys;
  /** The address without user and password, for messages. */
  readonly shown: string;
  readonly #client: RedisClient;
  readonly #subscriber: Subscriber;
  readonly #closing = new AbortController();
  readonly #waitMs: number;
  #waiting = 0;
  #lastError: unknown = null;

  constructor(address: RedisAddress, client: RedisClient, options: RedisConnectionOptions = {}) {
    this.#waitMs = options.waitMs ?? WAIT_MS;
    this.keys = redisKeys(address.prefix);
    this.shown = address.shown;
    this.#client = client;
    this.#subscriber = new Subscriber(() => this.#anyNode(address));
    // What goes wrong with the connection is told to whoever waits for it.
    const note = (error: unknown): void => {
      // When no node of a cluster answers, the reason is that of the last one.
      this.#lastError = error instanceof Error && 'lastNodeError' in error ? error.lastNodeError : error;
    };
    client.on('error', note);
    client.on('node error', note);
    client.on('ready', () => note(null));
  }

  get cluster(): boolean {
    return this.#client instanceof Cluster;
  }

  /** Every server that holds data: one, or the masters of a cluster. For commands that look at a server itself. */
  get servers(): readonly Redis[] {
    return this.#client instanceof Cluster ? this.#client.nodes('master') : [this.#client];
  }

  /** Calls that change nothing: done again when the connection breaks. */
  read<T>(call: (client: RedisClient) => Promise<T>): Promise<T> {
    return this.#guard(call, true);
  }

  /**
   * Calls that change something: done again only where they were certainly not executed. After `unavailable` they may have
   * been. All commands of one call have to be one script, or harmless when only some are executed.
   */
  write<T>(call: (client: RedisClient) => Promise<T>): Promise<T> {
    return this.#guard(call, false);
  }

  /**
   * Calls back with each message of a channel; with null when messages may have been missed: once the subscription is
   * there, and after each reconnection. Errors of the listener are its own business: it must not throw.
   */
  subscribe(channel: string, listener: (message: string | null) => void): () => void {
    return this.#subscriber.subscribe(channel, listener);
  }

  close(): void {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort(unavailable(this.shown, 'is closed', { hint: 'the server is stopping', retryable: false }));
    this.#subscriber.close();
    this.#client.disconnect();
  }

  async #guard<T>(call: (client: RedisClient) => Promise<T>, repeatable: boolean): Promise<T> {
    const end = performance.now() + this.#waitMs;
    for (let attempt = 1; ; attempt++) {
      await this.#ready(end);
      try {
        return await call(this.#client);
      } catch (error) {
        const again = wasNotExecuted(error) || (repeatable && isLost(error));
        if (!again || performance.now() >= end) throw redisError(error, this.shown);
      }
      await sleep(backoffDelay(AGAIN, attempt), this.#closing.signal);
    }
  }

  /** Resolves when commands can be sent; rejects with `unavailable` after `end`, and at once when the password is wrong. */
  async #ready(end: number): Promise<void> {
    this.#closing.signal.throwIfAborted();
    if (this.#connected()) return;
    if (this.#waiting >= MAX_WAITING) throw unavailable(this.shown, 'is not connected, and too many calls wait for it');
    this.#waiting++;
    try {
      for (let attempt = 1; !this.#connected(); attempt++) {
        if (isAccess(this.#lastError)) throw redisError(this.#lastError, this.shown);
        const left = end - performance.now();
        if (left <= 0) throw this.#unreachable();
        await sleep(Math.min(left, backoffDelay({ initial: 5, max: 50, jitter: true }, attempt)), this.#closing.signal);
      }
    } finally {
      this.#waiting--;
    }
  }

  #connected(): boolean {
    return this.#client.status === 'ready';
  }

  #unreachable(): HeadgateError {
    const why =
      this.#lastError instanceof Error && this.#lastError.message !== '' ? `: ${this.#lastError.message}` : '';
    return unavailable(this.shown, `cannot be reached${why}`);
  }

  /** The options of a connection to one server, for messages: with Redis Cluster every node passes them on. */
  #anyNode(address: RedisAddress): RedisOptions {
    const nodes = this.#client instanceof Cluster ? this.#client.nodes('master') : [];
    const node = nodes[Math.floor(Math.random() * nodes.length)]?.options ?? address;
    return { ...connectionOptions(address), host: node.host, port: node.port };
  }
}
