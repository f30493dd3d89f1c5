/** One connection to a server. It never connects again by itself: whoever uses it takes a new one. */
import type { Redis } from 'ioredis';
import { HeadgateError, messageOf } from '../../../foundation/errors.ts';
import { parseDuration } from '../../../foundation/time.ts';
import { addressOf } from './address.ts';
import { redisError, type Side } from './errors.ts';
import type { RedisStreamSettings } from './settings.ts';

export interface ConnectOptions {
  readonly settings: RedisStreamSettings;
  readonly side: Side;
  /** Aborting breaks the connection, and every call fails. */
  readonly signal: AbortSignal;
  /** How much longer than `timeout` answers may take, in milliseconds, for calls that block. */
  readonly blockMs?: number;
}

export interface Connection {
  readonly client: Redis;
  readonly shown: string;
  readonly open: boolean;
  close(): void;
}

/**
 * Private and loopback addresses are allowed: servers of Redis live there, and their protocol gives nobody a way to read
 * what other services answer. Throws `invalid_settings`, or what `redisError` makes of the failure.
 */
export async function connect({ settings, side, signal, blockMs = 0 }: ConnectOptions): Promise<Connection> {
  signal.throwIfAborted();
  const address = addressOf(settings);
  const { Redis } = await import('ioredis');
  const timeout = parseDuration(settings.timeout ?? '10s') + blockMs;
  const client = new Redis({
    host: address.host,
    port: address.port,
    db: address.db,
    ...(address.username === undefined ? {} : { username: address.username }),
    ...(address.password === undefined ? {} : { password: address.password }),
    ...(address.tls
      ? { tls: { servername: address.host, ...(settings.tlsCa === undefined ? {} : { ca: settings.tlsCa }) } }
      : {}),
    lazyConnect: true,
    connectTimeout: parseDuration(settings.connectTimeout ?? '10s'),
    commandTimeout: timeout,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
    // A server that loads its data says so to each command; we wait for it no longer than for others.
    maxLoadingRetryTime: 0,
    protocol: 2,
    disableClientInfo: true,
    connectionName: 'headgate',
  });
  let last: unknown;
  client.on('error', (error: unknown) => (last = error));
  const cut = (): void => client.disconnect();
  signal.addEventListener('abort', cut, { once: true });
  const close = (): void => {
    signal.removeEventListener('abort', cut);
    client.disconnect();
  };
  try {
    await client.connect();
    // The check at connecting takes errors for readiness: LOADING and wrong passwords show here.
    await client.ping();
  } catch (error) {
    close();
    signal.throwIfAborted();
    throw redisError(last ?? error, side, `connecting to ${address.shown}`);
  }
  return {
    client,
    shown: address.shown,
    get open() {
      return client.status === 'ready';
    },
    close,
  };
}

/** Runs `work`; what it throws becomes an error of Headgate, or the signal's reason after an abort. */
export async function guard<T>(side: Side, what: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof HeadgateError) throw error;
    if (error instanceof Error) throw redisError(error, side, what);
    throw new HeadgateError(side, messageOf(error));
  }
}
