import { isAbsolute } from 'node:path';
import { HeadgateError } from '../foundation/errors.ts';
import type { Store } from './ports.ts';
import { inspectSqlite, type StoreInspection } from './sqlite/inspect.ts';
import { openSqlite } from './sqlite/open.ts';

/**
 * Opens the store that a URL names: `sqlite:/absolute/path/headgate.db`, `redis://host:6379` or `rediss://host:6379`. Any
 * number of processes may open the same one. Throws `invalid_request` for another form, `store_corrupt`, `store_newer`,
 * `store_full` or `unavailable`.
 */
export async function openStore(url: string): Promise<Store> {
  if (/^rediss?:/i.test(url)) return (await import('./redis/store.ts')).openRedisStore(url);
  return (await openSqlite(sqlitePath(url))).store;
}

/** Looks at the store that a URL names, which exists, and changes nothing in it. Throws as `openStore` does. */
export function inspectStore(url: string): StoreInspection {
  return inspectSqlite(sqlitePath(url));
}

/** The file that a `sqlite:` URL names. Percent signs mean themselves: the rest of the URL is a path as it is. */
export function sqlitePath(url: string): string {
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(url)?.[1]?.toLowerCase();
  if (scheme !== 'sqlite') {
    const what = scheme === undefined ? 'has no scheme' : `has the unknown scheme '${scheme}'`;
    throw new HeadgateError('invalid_request', `the store URL ${what}`, {
      hint: 'write sqlite:/absolute/path/headgate.db, or redis://host:6379',
    });
  }
  const path = url.slice('sqlite:'.length).replace(/^\/\/\//, '/');
  if (!isAbsolute(path) || path.startsWith('//') || path.includes('\0')) {
    throw new HeadgateError('invalid_request', 'the store URL names no absolute path', {
      hint: 'write sqlite:/absolute/path/headgate.db',
    });
  }
  return path;
}
