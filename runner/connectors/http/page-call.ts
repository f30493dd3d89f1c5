import { HeadgateError } from '../../../foundation/errors.ts';
import type { Call } from './client.ts';
import { encodeJson } from './encode.ts';
import { withValueAt } from './json.ts';
import type { PageRequest } from './pagination.ts';
import type { HttpSettings } from './settings.ts';
import { addQuery, type Target } from './target.ts';

/** What all pages of a run have in common. */
export interface Asking {
  readonly settings: HttpSettings;
  readonly target: Target;
  /** The cursor's last value as the API wants it; null: everything is wanted. */
  readonly since: string | null;
}

/** The address of a page; `before` is the one of the page before it. Throws when the server names another server. */
export function pageUrl({ settings, target, since }: Asking, page: PageRequest, before: URL): URL {
  if (page.url !== undefined) {
    const url = URL.parse(page.url, before.href);
    if (url === null || url.origin !== target.url.origin) {
      throw new HeadgateError('source_failed', 'the next page is on another server, where credentials must not go', {
        hint: 'set `url` to the address that the API itself uses in its links',
      });
    }
    addQuery(url, target.credentials.query);
    return url;
  }
  const url = new URL(target.url);
  if (since !== null && settings.incremental?.in !== 'body') addQuery(url, { [settings.incremental!.param]: since });
  if (page.in === 'query') addQuery(url, page.params);
  return url;
}

/** The request for a page at its address. */
export function pageCall({ settings, target, since }: Asking, page: PageRequest, url: URL): Call {
  const headers = { accept: 'application/json, application/x-ndjson;q=0.9, */*;q=0.1', ...target.headers };
  if (settings.method !== 'POST') return { method: 'GET', url, headers };
  let body: Record<string, unknown> = settings.body ?? {};
  if (since !== null && settings.incremental?.in === 'body')
    body = withValueAt(body, settings.incremental.param, since);
  if (page.in === 'body')
    for (const [name, value] of Object.entries(page.params)) body = withValueAt(body, name, value);
  return {
    method: 'POST',
    url,
    headers: { 'content-type': 'application/json', ...headers },
    body: encodeJson(body),
  };
}
