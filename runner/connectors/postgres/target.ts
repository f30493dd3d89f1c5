/** Where and how to connect, from the URL or the single fields. */
import { HeadgateError } from '../../../foundation/errors.ts';
import { parseDuration } from '../../../foundation/time.ts';
import { SSL_MODES, type PostgresSettings, type SslMode } from './settings.ts';

export interface Target {
  readonly host: string;
  readonly port: number;
  readonly database: string | undefined;
  readonly user: string | undefined;
  readonly password: string | undefined;
  readonly ssl: SslMode;
  readonly connectTimeoutMs: number;
}

/** Throws `invalid_settings` when neither `url` nor `host` is there, or when the URL is not one of PostgreSQL. */
export function targetOf(settings: PostgresSettings): Target {
  const connectTimeoutMs = parseDuration(settings.connectTimeout ?? '10s');
  if (settings.url !== undefined) {
    if (settings.host !== undefined) throw invalid('`url` and `host` are both set', 'use one of the two');
    return { ...fromUrl(settings.url, settings.ssl), connectTimeoutMs };
  }
  if (settings.host === undefined) throw invalid('neither `url` nor `host` is set', 'set one of the two');
  return {
    host: settings.host,
    port: settings.port ?? 5432,
    database: settings.database,
    user: settings.user,
    password: settings.password,
    ssl: settings.ssl ?? 'prefer',
    connectTimeoutMs,
  };
}

function fromUrl(text: string, ssl: SslMode | undefined): Omit<Target, 'connectTimeoutMs'> {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^postgres(?:ql)?:$/.test(url.protocol) || url.hostname === '') {
    throw invalid('`url` is not a PostgreSQL URL', 'postgres://user:password@host:5432/database');
  }
  const part = (value: string): string | undefined => (value === '' ? undefined : decode(value));
  return {
    host: decode(url.hostname.replace(/^\[(.*)\]$/, '$1')),
    port: url.port === '' ? 5432 : Number(url.port),
    database: part(url.pathname.slice(1)),
    user: part(url.username),
    password: part(url.password),
    ssl: ssl ?? sslMode(url.searchParams.get('sslmode')),
  };
}

function decode(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    throw invalid('`url` holds a `%` that encodes nothing', 'write `%25` for a percent sign');
  }
}

/** The modes of libpq; those that we do not have become the next stricter one. */
function sslMode(text: string | null): SslMode {
  if (text === null || text === 'allow') return 'prefer';
  if (text === 'verify-ca') return 'verify-full';
  const mode = SSL_MODES.find((candidate) => candidate === text);
  if (mode === undefined) throw invalid('`sslmode` of the URL is not known', `one of ${SSL_MODES.join(', ')}`);
  return mode;
}

const invalid = (message: string, hint: string): HeadgateError =>
  new HeadgateError('invalid_settings', `settings of connector postgres: ${message}`, { hint });
