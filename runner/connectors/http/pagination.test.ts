import { describe, expect, test } from 'vitest';
import { processorMs } from '../../../test/processor-time.ts';
import { nextLink } from './link.ts';
import { createPaginator, type PageRead } from './pagination.ts';
import type { Pagination } from '../../../crds/pagination.ts';

const page = (body: unknown, records: number, linkHeader?: string): PageRead => ({
  body,
  text: JSON.stringify(body),
  records,
  linkHeader,
});

/** What is asked for when the server answers these pages in turn; null is the end. */
function asked(pagination: Pagination | undefined, pages: readonly PageRead[]): unknown[] {
  const paginator = createPaginator(pagination);
  const what = (request: { url?: string; params: object } | null): unknown =>
    request === null ? null : (request.url ?? request.params);
  return [what(paginator.first), ...pages.map((read) => what(paginator.next(read)))];
}

describe('pages', () => {
  test.each<[string, Pagination | undefined, PageRead[], unknown[]]>([
    ['none', undefined, [page([1], 1)], [{}, null]],
    [
      'cursor, until it is null',
      { cursor: { path: 'meta.next', param: 'after' } },
      [page({ meta: { next: 'a' } }, 2), page({ meta: { next: 7 } }, 0), page({ meta: { next: null } }, 2)],
      [{}, { after: 'a' }, { after: 7 }, null],
    ],
    ['cursor, until it is absent', { cursor: { path: '/meta/next', param: 'c' } }, [page({}, 2)], [{}, null]],
    ['cursor, until it is empty', { cursor: { path: 'next', param: 'c' } }, [page({ next: '' }, 2)], [{}, null]],
    ['cursor of 20 digits', { cursor: { path: 'n', param: 'c' } }, [page({ n: 1 }, 1)], [{}, { c: 1 }]],
    [
      'cursor with a size and a last word',
      { cursor: { path: 'next', param: 'c', hasMore: 'more', sizeParam: 'limit', size: 50 } },
      [page({ next: 'a', more: true }, 2), page({ next: 'b', more: false }, 2)],
      [{ limit: 50 }, { limit: 50, c: 'a' }, null],
    ],
    [
      'the last record, until the server says so',
      { record: { path: 'id', param: 'after', hasMore: 'more', sizeParam: 'limit', size: 2 } },
      [
        { ...page({ more: true }, 2), last: { id: 'b' } },
        { ...page({ more: false }, 1), last: { id: 'c' } },
      ],
      [{ limit: 2 }, { limit: 2, after: 'b' }, null],
    ],
    [
      'the last record, until a page is empty',
      { record: { path: 'id', param: 'after' } },
      [{ ...page([], 2), last: { id: 2 } }, page([], 0)],
      [{}, { after: 2 }, null],
    ],
    [
      'page, until one is empty',
      { page: { param: 'p', start: 0 } },
      [page([1, 2], 2), page([3], 1), page([], 0)],
      [{ p: 0 }, { p: 1 }, { p: 2 }, null],
    ],
    [
      'page, by the word of the server',
      { page: { param: 'p', hasMore: 'more' } },
      [page({ more: 1 }, 2), page({ more: 0 }, 2)],
      [{ p: 1 }, { p: 2 }, null],
    ],
    [
      'offset counts what came, not what was asked for',
      { offset: { param: 'o', sizeParam: 'n', size: 100 } },
      [page([1, 2], 2), page([3, 4, 5], 3), page([], 0)],
      [{ o: 0, n: 100 }, { o: 2, n: 100 }, { o: 5, n: 100 }, null],
    ],
    [
      'next',
      { next: { path: 'next' } },
      [page({ next: '/b?x' }, 1), page({ next: 'https://c' }, 1), page({}, 1)],
      [{}, '/b?x', 'https://c', null],
    ],
    ['link', { link: {} }, [page([1], 1, '<b>; rel=next'), page([2], 1, '<a>; rel=prev')], [{}, 'b', null]],
  ])('%s', (_name, pagination, pages, expected) => expect(asked(pagination, pages)).toEqual(expected));

  test.each<[string, Pagination, PageRead[], RegExp]>([
    [
      'cursor twice',
      { cursor: { path: 'n', param: 'c' } },
      [page({ n: 'a' }, 1), page({ n: 'b' }, 1), page({ n: 'a' }, 1)],
      /circle: the cursor at 'n' came twice/,
    ],
    [
      'address twice',
      { next: { path: 'n' } },
      [page({ n: '/a' }, 1), page({ n: '/a' }, 1)],
      /circle: the address .* at 'n' came twice/,
    ],
    [
      'link twice',
      { link: {} },
      [page([], 1, '<a>; rel=next'), page([], 1, '<a>; rel=next')],
      /circle: .*Link header came twice/,
    ],
    [
      'page ignored',
      { page: { param: 'p' } },
      [page([1], 1), page([1], 1)],
      /circle: two pages in a row are the same: .*'p'/,
    ],
    [
      'offset ignored',
      { offset: { param: 'o' } },
      [page([1], 1), page([1], 1)],
      /circle: two pages in a row are the same: .*'o'/,
    ],
    [
      'cursor that is none',
      { cursor: { path: 'n', param: 'c' } },
      [page({ n: {} }, 1)],
      /'n' is neither text nor number/,
    ],
    ['no last word', { page: { param: 'p', hasMore: 'more' } }, [page({ more: 'yes' }, 1)], /no boolean at 'more'/],
  ])('%s is an error', (_name, pagination, pages, message) => expect(() => asked(pagination, pages)).toThrow(message));

  test('equal pages are right where the server says that more follow', () => {
    const pages = [page({ more: true }, 1), page({ more: true }, 1), page({ more: false }, 1)];
    expect(asked({ page: { param: 'p', hasMore: 'more' } }, pages)).toHaveLength(4);
  });
});

test.each([
  ['<https://x/a?b=1,2;3>; rel="next"', 'https://x/a?b=1,2;3'],
  ['<a>; rel="prev", <b>; rel="next"', 'b'],
  ['<a>;rel=prev,<b>;rel=next', 'b'],
  ['<a>; title="x, <c>; rel=next"; rel="last next"', 'a'],
  ['<a>; REL="NEXT"', 'a'],
  ['<a>; anchor="#x"; rel="prev"', null],
  ['<a>', null],
  ['nonsense', null],
  ['', null],
  [undefined, null],
])('nextLink %s', (header, expected) => expect(nextLink(header)).toBe(expected));

test('nextLink takes no long time over hostile headers', () => {
  const took = processorMs(() => {
    for (const part of ['<a>;', '<a>; x="', '; a', '<', '<a>;;;; ', ' ; ', '<a>; a=\\"']) nextLink(part.repeat(8000));
  });
  expect(took).toBeLessThan(2000);
});
