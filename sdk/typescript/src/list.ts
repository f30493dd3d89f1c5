import { HeadgateError } from './errors.ts';
import type { RequestOptions } from './options.ts';

export interface Page<T> {
  readonly data: readonly T[];
  readonly hasMore: boolean;
  /** `cursor` of the next page; null on the last one. */
  readonly nextCursor: string | null;
  /** All that match, where the list counts them. */
  readonly total: number | null;
}

export interface PageWish {
  readonly limit: number | undefined;
  readonly cursor: string | undefined;
}

export type FetchPage<T> = (wish: PageWish) => Promise<Page<T>>;

export interface ListParams {
  /** Items at most, of all pages together. */
  readonly limit?: number;
  /** Items of one request. */
  readonly pageSize?: number;
  readonly cursor?: string;
}

/** What the server gives at most in one page. */
const LARGEST_PAGE = 1000;

/**
 * A list that is fetched page by page while it is iterated: `for await (const pipeline of client.pipelines.list())`. Each
 * iteration starts anew.
 */
export class List<T> implements AsyncIterable<T> {
  readonly #fetch: FetchPage<T>;
  readonly #params: ListParams;

  constructor(fetch: FetchPage<T>, params: ListParams) {
    this.#fetch = fetch;
    this.#params = params;
  }

  /** The first page alone; with `cursor` among the parameters, the one there. */
  page(): Promise<Page<T>> {
    const { limit, pageSize, cursor } = this.#params;
    return this.#fetch({ limit: sizeOf(limit, pageSize), cursor });
  }

  /** Page after page. */
  async *pages(): AsyncGenerator<Page<T>, void, undefined> {
    let { cursor } = this.#params;
    let left = this.#params.limit;
    while (left === undefined || left > 0) {
      const page = await this.#fetch({ limit: sizeOf(left, this.#params.pageSize), cursor });
      if (left !== undefined) left -= page.data.length;
      yield page;
      if (page.nextCursor === null) return;
      if (page.nextCursor === cursor)
        throw new HeadgateError('the list goes in a circle: a page names itself as the next');
      cursor = page.nextCursor;
    }
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    let left = this.#params.limit ?? Number.POSITIVE_INFINITY;
    for await (const page of this.pages()) {
      for (const item of page.data) {
        if (left-- <= 0) return;
        yield item;
      }
    }
  }

  /** Every item as one array. Give a `limit` where there may be very many. */
  async all(): Promise<T[]> {
    const items: T[] = [];
    for await (const item of this) items.push(item);
    return items;
  }
}

function sizeOf(limit: number | undefined, pageSize: number | undefined): number | undefined {
  if (limit === undefined) return pageSize;
  return Math.min(limit, pageSize ?? LARGEST_PAGE);
}

/** The options without what holds for one request only. */
export function forPages({ idempotencyKey: _key, ...options }: RequestOptions): RequestOptions {
  return options;
}
