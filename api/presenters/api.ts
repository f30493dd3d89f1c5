import { Type } from 'typebox';
import { DEFAULT_LIMIT, type Page, type Window } from '../paging/page.ts';
import type { Presenter } from './presenter.ts';

const HEADERS = {
  Link: {
    description: 'The pages `first`, `prev`, `next` and `last` (RFC 8288), as far as they exist and are known.',
    schema: { type: 'string' },
  },
  'X-Next-Cursor': {
    description: '`cursor` of the next request; absent on the last page.',
    schema: { type: 'string' },
  },
};
const TOTAL = { 'X-Total-Count': { description: 'All that match.', schema: { type: 'integer' } } };

/**
 * `/api`: objects and lists bare; what else there is to say of a list stands in header fields. Deletions have no body. `name` of
 * a resource is what people call it: its title where it has one. The id tells which one it is.
 */
export const api: Presenter = {
  prefix: '/api',
  titled: true,
  wrap: ['', ''],
  paging: { limit: DEFAULT_LIMIT, offset: 0 },
  object: (value, status) => ({ status, body: called(value) }),
  objectSchema: (schema) => schema,
  list: (page, url) => ({
    status: 200,
    headers: {
      ...(page.total === null ? {} : { 'X-Total-Count': String(page.total) }),
      ...(page.nextCursor === null ? {} : { 'X-Next-Cursor': page.nextCursor }),
      ...(url === null ? {} : linkOf(page, url)),
    },
    body: page.items.map(called),
  }),
  listSchema: (schema) => Type.Array(schema),
  listHeaders: (total) => (total ? { ...TOTAL, ...HEADERS } : HEADERS),
  deleted: () => ({ status: 204, body: undefined }),
  deletedSchema: () => ({ status: 204, schema: null }),
};

function called(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('workspace' in value && 'name' in value)) return value;
  return 'title' in value && typeof value.title === 'string' ? { ...value, name: value.title } : value;
}

type Pages = Partial<Record<'first' | 'prev' | 'next' | 'last', Readonly<Record<string, string | number>>>>;

/** The header field `Link`, with references relative to the server, so that it holds behind a proxy too. */
function linkOf(page: Page<unknown>, url: string): { Link?: string } {
  const [path = '', search = ''] = url.replace(/^https?:\/\/[^/?#]*/i, '').split('?', 2);
  const links = Object.entries(pagesOf(page)).map(([rel, changes]) => {
    const query = new URLSearchParams(search);
    for (const [name, value] of Object.entries(changes)) query.set(name, String(value));
    return `<${path}?${query}>; rel="${rel}"`;
  });
  return links.length === 0 ? {} : { Link: links.join(', ') };
}

/** The query parameters of the pages around the one that is shown. */
function pagesOf({ window, total, nextCursor }: Page<unknown>): Pages {
  if (window.by === 'cursor') return nextCursor === null ? {} : { next: { limit: window.limit, cursor: nextCursor } };
  const { limit, offset } = window;
  const at = (start: number): Record<string, number> => placeOf(window, Math.max(0, start));
  const last = total === null ? null : Math.max(0, Math.ceil((total - (offset % limit)) / limit) - 1) * limit;
  return {
    first: at(0),
    ...(offset > 0 ? { prev: at(offset - limit) } : {}),
    ...(nextCursor === null ? {} : { next: at(offset + limit) }),
    ...(last === null ? {} : { last: at(last + (offset % limit)) }),
  };
}

function placeOf(window: Window, offset: number): Record<string, number> {
  if (window.by === 'page') return { page: Math.floor(offset / window.limit) + 1, per_page: window.limit };
  return { limit: window.limit, offset };
}
