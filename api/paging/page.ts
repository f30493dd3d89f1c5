import { Type } from 'typebox';
import { HeadgateError } from '../../foundation/errors.ts';

/** The part of a list that is shown, and how to go on. */
export interface Page<T> {
  readonly items: readonly T[];
  /** All that match, where the list counts them. */
  readonly total: number | null;
  /** Null on the last page. */
  readonly nextCursor: string | null;
  readonly window: Window;
}

/** Which part of a list was asked for, in one of the three ways. */
export type Window =
  | { readonly by: 'cursor'; readonly limit: number; readonly cursor: string | null; readonly offset: 0 }
  | { readonly by: 'offset'; readonly limit: number; readonly offset: number }
  | { readonly by: 'page'; readonly limit: number; readonly offset: number; readonly page: number };

export const DEFAULT_LIMIT = 100;
export const MAX_LIMIT = 1000;
export const DEFAULT_PER_PAGE = 20;
export const MAX_PER_PAGE = 100;

/** Query parameters of lists that can be entered by cursor only. */
export const cursorQuery = {
  limit: Type.Optional(
    Type.Integer({
      description: `Items at most, ${DEFAULT_LIMIT} when left out.`,
      minimum: 1,
      maximum: MAX_LIMIT,
    }),
  ),
  cursor: Type.Optional(
    Type.String({
      description: 'Where to go on: `next_cursor` of the page before. Survives inserts.',
      minLength: 1,
      maxLength: 2048,
      pattern: '^[A-Za-z0-9._~-]*$',
    }),
  ),
};

/** Query parameters of lists that can be entered in all three ways. */
export const pageQuery = {
  ...cursorQuery,
  offset: Type.Optional(Type.Integer({ description: 'Items to skip; with `limit`.', minimum: 0, maximum: 10_000_000 })),
  page: Type.Optional(Type.Integer({ description: 'Page, from 1; with `per_page`.', minimum: 1, maximum: 1_000_000 })),
  per_page: Type.Optional(
    Type.Integer({
      description: `Items of a page, ${DEFAULT_PER_PAGE} when left out.`,
      minimum: 1,
      maximum: MAX_PER_PAGE,
    }),
  ),
};

/** The parameters of `pageQuery`, as they arrive. */
export interface PageQuery {
  readonly limit?: number;
  readonly cursor?: string;
  readonly offset?: number;
  readonly page?: number;
  readonly per_page?: number;
}

/** Reads which of the three ways the client chose; throws `invalid_request` when it mixes them. */
export function windowOf(query: PageQuery): Window {
  const paged = query.page !== undefined || query.per_page !== undefined;
  if (paged && (query.limit !== undefined || query.offset !== undefined)) throw mixed('/query/page');
  if (query.cursor !== undefined && (paged || query.offset !== undefined)) throw mixed('/query/cursor');
  if (paged) {
    const limit = query.per_page ?? DEFAULT_PER_PAGE;
    const page = query.page ?? 1;
    return { by: 'page', limit, page, offset: (page - 1) * limit };
  }
  const limit = query.limit ?? DEFAULT_LIMIT;
  if (query.offset !== undefined) return { by: 'offset', limit, offset: query.offset };
  return { by: 'cursor', limit, cursor: query.cursor ?? null, offset: 0 };
}

/** All there is, on one page: for lists that are never long. */
export function wholePage<T>(items: readonly T[]): Page<T> {
  const window = { by: 'cursor', limit: Math.max(MAX_LIMIT, items.length), cursor: null, offset: 0 } as const;
  return { items, total: items.length, nextCursor: null, window };
}

function mixed(pointer: string): HeadgateError {
  return new HeadgateError('invalid_request', 'two ways of paging are mixed', {
    issues: [{ pointer, message: 'cannot stand beside parameters of another way of paging' }],
    hint: 'use `limit` with `cursor`, or `limit` with `offset`, or `page` with `per_page`',
  });
}
