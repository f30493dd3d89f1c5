/** Which request comes after a page. Pure: what a server answered goes in, parameters or an address come out. */
import { createHash } from 'node:crypto';
import { HeadgateError } from '../../../foundation/errors.ts';
import { valueAt } from './json.ts';
import { nextLink } from './link.ts';
import type { Pagination } from '../../../crds/pagination.ts';

/** What distinguishes one page's request from the others. */
export interface PageRequest {
  /** The whole address, where the server named it: absolute, or relative to the page before. */
  readonly url?: string;
  readonly params: Readonly<Record<string, string | number>>;
  readonly in: 'query' | 'body';
}

/** What is known about a page that was read. */
export interface PageRead {
  /** The parsed JSON; undefined for NDJSON. */
  readonly body: unknown;
  /** The text that `body` was parsed from; undefined for NDJSON. */
  readonly text: string | undefined;
  readonly records: number;
  /** The last record; undefined when there is none, and for NDJSON. */
  readonly last?: unknown;
  readonly linkHeader: string | string[] | undefined;
}

export interface Paginator {
  readonly first: PageRequest;
  /** The request after `page`, or null at the end. Throws `source_failed` when the server leads in a circle. */
  next(page: PageRead): PageRequest | null;
}

const ONE_PAGE: PageRequest = { params: {}, in: 'query' };

export function createPaginator(pagination: Pagination | undefined): Paginator {
  if (pagination?.cursor !== undefined) return byCursor(pagination.cursor);
  if (pagination?.record !== undefined) return byRecord(pagination.record);
  if (pagination?.page !== undefined) return byPage(pagination.page);
  if (pagination?.offset !== undefined) return byOffset(pagination.offset);
  if (pagination?.next !== undefined) {
    const { path } = pagination.next;
    return byUrl((page) => scalarAt(page.body, path), `at '${path}'`);
  }
  if (pagination?.link !== undefined) return byUrl((page) => nextLink(page.linkHeader), 'in the Link header');
  return { first: ONE_PAGE, next: () => null };
}

function byCursor(settings: NonNullable<Pagination['cursor']>): Paginator {
  const once = onlyOnce(`the cursor at '${settings.path}'`);
  const place = settings.in ?? 'query';
  return {
    first: { params: sizeOf(settings), in: place },
    next(page) {
      if (saysNoMore(page, settings.hasMore)) return null;
      const cursor = scalarAt(page.body, settings.path);
      if (cursor === null) return null;
      once(String(cursor));
      return { params: { ...sizeOf(settings), [settings.param]: cursor }, in: place };
    },
  };
}

function byRecord(settings: NonNullable<Pagination['record']>): Paginator {
  const once = onlyOnce(`the cursor at '${settings.path}' of the last record`);
  const place = settings.in ?? 'query';
  return {
    first: { params: sizeOf(settings), in: place },
    next(page) {
      if (page.records === 0 || saysNoMore(page, settings.hasMore)) return null;
      const cursor = scalarAt(page.last, settings.path);
      if (cursor === null) {
        throw new HeadgateError('source_failed', `the last record of the page has no '${settings.path}'`, {
          hint: 'correct `path` in `pagination`',
        });
      }
      once(String(cursor));
      return { params: { ...sizeOf(settings), [settings.param]: cursor }, in: place };
    },
  };
}

function byPage(settings: NonNullable<Pagination['page']>): Paginator {
  const request = (number: number): PageRequest => ({
    params: { ...sizeOf(settings), [settings.param]: number },
    in: settings.in ?? 'query',
  });
  let number = settings.start ?? 1;
  const moving = mustMove(`'${settings.param}'`);
  return {
    first: request(number),
    next(page) {
      if (isLast(page, settings.hasMore, moving)) return null;
      number += 1;
      return request(number);
    },
  };
}

function byOffset(settings: NonNullable<Pagination['offset']>): Paginator {
  const request = (offset: number): PageRequest => ({
    params: { ...sizeOf(settings), [settings.param]: offset },
    in: settings.in ?? 'query',
  });
  let offset = 0;
  const moving = mustMove(`'${settings.param}'`);
  return {
    first: request(0),
    next(page) {
      if (isLast(page, settings.hasMore, moving)) return null;
      offset += page.records;
      return request(offset);
    },
  };
}

function byUrl(find: (page: PageRead) => string | number | null, where: string): Paginator {
  const once = onlyOnce(`the address of the next page ${where}`);
  return {
    first: ONE_PAGE,
    next(page) {
      const url = find(page);
      if (url === null) return null;
      once(String(url));
      return { url: String(url), params: {}, in: 'query' };
    },
  };
}

// A short page proves nothing: servers cap the size that was asked for. Only an empty page, or their word, is the end.
function isLast(page: PageRead, hasMore: string | undefined, moving: (page: PageRead) => void): boolean {
  if (page.records === 0) return true;
  if (hasMore !== undefined) return saysNoMore(page, hasMore);
  moving(page);
  return false;
}

function saysNoMore(page: PageRead, path: string | undefined): boolean {
  if (path === undefined) return false;
  const value = valueAt(page.body, path);
  if (typeof value === 'boolean' || value === 0 || value === 1) return !value;
  throw new HeadgateError('source_failed', `the answer has no boolean at '${path}' to tell whether more pages follow`, {
    hint: 'correct `hasMore` in `pagination`',
  });
}

/** The text or number at the path; null for what ends the reading: absent, null, false, empty. */
function scalarAt(body: unknown, path: string): string | number | null {
  const value = valueAt(body, path);
  if (value === undefined || value === null || value === false || value === '') return null;
  if (typeof value === 'string' || typeof value === 'number') return value;
  if (typeof value === 'bigint') return String(value);
  throw new HeadgateError('source_failed', `what stands at '${path}' is neither text nor number`, {
    hint: 'correct `path` in `pagination`',
  });
}

/** The default of the schema, which settings have filled in and manifests have not. */
const PAGE_SIZE = 100;

const sizeOf = ({ sizeParam, size }: { sizeParam?: string; size?: number }): Record<string, number> =>
  sizeParam === undefined ? {} : { [sizeParam]: size ?? PAGE_SIZE };

/** Throws at a value that came before. Digests keep memory small: at most `limits.pages` of 28 characters. */
function onlyOnce(what: string): (value: string) => void {
  const seen = new Set<string>();
  return (value) => {
    const digest = digestOf(value);
    if (seen.has(digest)) throw circle(`${what} came twice`);
    seen.add(digest);
  };
}

/** Throws when a page is the very same as the one before: the server ignores the parameter. */
function mustMove(param: string): (page: PageRead) => void {
  let last: string | undefined;
  return ({ text }) => {
    if (text === undefined) return;
    const digest = digestOf(text);
    if (digest === last) throw circle(`two pages in a row are the same: the server seems to ignore ${param}`);
    last = digest;
  };
}

const digestOf = (text: string): string => createHash('sha1').update(text).digest('base64');

const circle = (what: string): HeadgateError =>
  new HeadgateError('source_failed', `the pages lead in a circle: ${what}`, {
    hint: 'check `pagination`; where equal pages are right, name `hasMore`',
  });
