/** Where and how to connect, from the URL or the single fields. */
import { HeadgateError } from '../../../foundation/errors.ts';
import type { RedisStreamSettings } from './settings.ts';

export interface Address {
  readonly host: string;
  readonly port: number;
  readonly db: number;
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly tls: boolean;
  /** For messages: no user, no password. */
  readonly shown: string;
}

/** Throws `invalid_settings` when neither `url` nor `host` is there, or when the URL is not one of Redis. */
export function addressOf(settings: RedisStreamSettings): Address {
  if (settings.url !== undefined) {
    if (settings.host !== undefined) throw invalid('`url` and `host` are both set', 'use one of the two');
    return fromUrl(settings.url);
  }
  if (settings.host === undefined) throw invalid('neither `url` nor `host` is set', 'set one of the two');
  const { host, port = 6379 } = settings;
  return {
    host,
    port,
    db: settings.db ?? 0,
    username: settings.user,
    password: settings.password,
    tls: settings.tls ?? false,
    shown: `${host}:${port}`,
  };
}

function fromUrl(text: string): Address {
  const url = URL.canParse(text) ? new URL(text) : null;
  const db = /^\/?(\d{0,5})$/.exec(url?.pathname ?? 'none')?.[1];
  if (url === null || !/^rediss?:$/.test(url.protocol) || url.hostname === '' || db === undefined) {
    throw invalid('`url` is not a Redis URL', 'redis://user:password@host:6379/0');
  }
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const port = url.port === '' ? 6379 : Number(url.port);
  return {
    host,
    port,
    db: Number(db),
    username: part(url.username),
    password: part(url.password),
    tls: url.protocol === 'rediss:',
    shown: `${host}:${port}`,
  };
}

function part(text: string): string | undefined {
  if (text === '') return undefined;
  try {
    return decodeURIComponent(text);
  } catch {
    throw invalid('`url` holds a `%` that encodes nothing', 'write `%25` for a percent sign');
  }
}

const invalid = (message: string, hint: string): HeadgateError =>
  new HeadgateError('invalid_settings', `settings of connector redis-stream: ${message}`, { hint });
