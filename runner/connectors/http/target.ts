/** Where requests go and what they carry, from the settings. */
import { parseDuration } from '../../../foundation/time.ts';
import { HeadgateError } from '../../../foundation/errors.ts';
import type { ConnectorContext } from '../../ports.ts';
import { checkedHeaders, credentialsOf, type Credentials } from './auth.ts';
import { createClient, type ClientOptions, type HttpClient } from './client.ts';
import type { HttpSettings } from './settings.ts';

export interface Target {
  readonly url: URL;
  /** Headers of the settings and of `auth`. */
  readonly headers: Readonly<Record<string, string>>;
  readonly credentials: Credentials;
}

/**
 * The address of a stream below `url`, with the query of the settings, and the headers. Throws `invalid_settings` for an
 * address of another server: credentials must not go there.
 */
export function targetOf(settings: HttpSettings, stream: string | undefined): Target {
  const base = URL.parse(settings.url);
  if (base === null || (base.protocol !== 'http:' && base.protocol !== 'https:')) {
    throw new HeadgateError('invalid_settings', "'url' is not an http or https address");
  }
  if (base.username !== '' || base.password !== '') {
    throw new HeadgateError('invalid_settings', "'url' must not hold a user or password", { hint: 'use `auth.basic`' });
  }
  const credentials = credentialsOf(settings.auth);
  const url = stream === undefined ? base : below(base, stream);
  url.hash = '';
  addQuery(url, { ...settings.query, ...credentials.query });
  return { url, headers: { ...checkedHeaders(settings.headers ?? {}), ...credentials.headers }, credentials };
}

/**
 * Sets query parameters. What is there already stays as it is written: some servers tell `%20` from `+`, and others sign
 * their queries.
 */
export function addQuery(url: URL, params: Readonly<Record<string, string | number>>): void {
  const kept = pairsWithout(url, (name) => Object.hasOwn(params, name));
  const added = Object.entries(params).map(
    ([name, value]) => `${encodeURIComponent(name.toWellFormed())}=${encodeURIComponent(String(value).toWellFormed())}`,
  );
  url.search = [...kept, ...added].join('&');
}

/** The parameters of a query as they are written, but for some names. */
const pairsWithout = (url: URL, left: (name: string) => boolean): readonly string[] =>
  url.search
    .slice(1)
    .split('&')
    .filter((pair) => pair !== '' && ![...new URLSearchParams(pair).keys()].some(left));

/** A client with the settings' limits. The caller closes it. */
export function clientOf(
  settings: HttpSettings,
  ctx: ConnectorContext,
  failure: ClientOptions['failure'],
  options: Pick<ClientOptions, 'connections' | 'raw'> = {},
): Promise<HttpClient> {
  return createClient({
    ...options,
    policy: ctx.network,
    connectTimeout: parseDuration(settings.connectTimeout ?? '10s'),
    idleTimeout: parseDuration(settings.timeout ?? '60s'),
    failure,
  });
}

/** The longest `Retry-After` that is obeyed, in seconds. */
export const maxRetryAfter = (settings: HttpSettings): number =>
  parseDuration(settings.limits?.retryAfter ?? '15m') / 1000;

function below(base: URL, stream: string): URL {
  const folder = new URL(base);
  if (!folder.pathname.endsWith('/')) folder.pathname += '/';
  const relative = stream.replace(/^\/+/, '');
  const url = /^[a-z][a-z\d+.-]*:/i.test(relative) ? null : URL.parse(`./${relative}`, folder.href);
  // Dots lead upwards in many spellings: what counts is where the address ends up.
  if (url === null || url.origin !== base.origin || !url.pathname.startsWith(folder.pathname)) {
    throw new HeadgateError('invalid_settings', 'the stream is not a path below `url`', {
      hint: 'write it like `orders` or `orders?status=open`',
    });
  }
  // The query of `url` belongs to every request; the stream's own parameters win.
  const own = url.searchParams;
  url.search = [...pairsWithout(base, (name) => own.has(name)), ...pairsWithout(url, () => false)].join('&');
  return url;
}
