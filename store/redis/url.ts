import { HeadgateError } from '../../foundation/errors.ts';

/** What a URL of a Redis store says. */
export interface RedisAddress {
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
  readonly username: string | undefined;
  readonly password: string | undefined;
  /** The number of the database; 0 with Redis Cluster. */
  readonly db: number;
  /** What all keys begin with. */
  readonly prefix: string;
  /** Whether it is Redis Cluster; undefined: ask the server. */
  readonly cluster: boolean | undefined;
  /** Scheme, host, port and database, for messages: no user, no password. */
  readonly shown: string;
}

const FORM = 'redis://[user:password@]host[:port][/db][?prefix=headgate][&cluster=true]';
const PREFIX = /^[A-Za-z0-9._-][A-Za-z0-9._:-]{0,63}$/;

function refuse(what: string): HeadgateError {
  return new HeadgateError('invalid_request', `the URL of the Redis store ${what}`, {
    hint: `write ${FORM}, or rediss:// for TLS`,
  });
}

/** Takes a `redis://` or `rediss://` URL apart. Throws `invalid_request`, whose message never holds the password. */
export function parseRedisUrl(text: string): RedisAddress {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !['redis:', 'rediss:'].includes(url.protocol)) throw refuse('is not a URL of Redis');
  if (url.hostname === '') throw refuse('names no host');
  const db = /^\/?(\d{0,5})$/.exec(url.pathname)?.[1];
  if (db === undefined) throw refuse('names a database that is no number');
  const { prefix = 'headgate', cluster, ...unknown } = Object.fromEntries(url.searchParams);
  const [name] = Object.keys(unknown);
  if (name !== undefined) throw refuse(`has the unknown parameter '${name}'`);
  if (!PREFIX.test(prefix)) throw refuse('has a prefix that is not 1 to 64 of the characters A-Z a-z 0-9 . _ - :');
  if (cluster !== undefined && cluster !== 'true' && cluster !== 'false')
    throw refuse('has a cluster= that is not true or false');
  if (cluster === 'true' && Number(db) !== 0) throw refuse('names a database, and Redis Cluster has only 0');
  const port = url.port === '' ? 6379 : Number(url.port);
  return {
    // Brackets belong to the URL, not to an IPv6 address.
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port,
    tls: url.protocol === 'rediss:',
    username: decoded(url.username),
    password: decoded(url.password),
    db: Number(db),
    prefix,
    cluster: cluster === undefined ? undefined : cluster === 'true',
    shown: `${url.protocol}//${url.hostname}:${port}/${Number(db)}`,
  };
}

function decoded(text: string): string | undefined {
  if (text === '') return undefined;
  try {
    return decodeURIComponent(text);
  } catch {
    throw refuse('has a user or password with a percent sign that begins no %XX');
  }
}
