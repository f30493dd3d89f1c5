import { Type } from 'typebox';
import { Strict } from '../../crds/common.ts';
import { DEFAULT_PER_PAGE, type Page } from '../paging/page.ts';
import type { Presenter } from './presenter.ts';

const Meta = {
  page: Type.Optional(Type.Integer({ description: 'Which page, from 1; absent in the middle of a cursor.' })),
  per_page: Type.Integer({ description: 'Items of a page at most.' }),
  next_cursor: Type.Optional(
    Type.Union([Type.String(), Type.Null()], {
      description: 'By cursor: `cursor` of the next request; null on the last page.',
    }),
  ),
};
const Total = Type.Integer({ description: 'All that match.', minimum: 0 });

/** `/api/v1`: everything below `data`; lists with `meta: {total, page, per_page}`. */
export const apiV1: Presenter = {
  prefix: '/api/v1',
  wrap: ['{"data":', '}'],
  paging: { page: 1, per_page: DEFAULT_PER_PAGE },
  object: (value, status) => ({ status, body: { data: value } }),
  objectSchema: (schema) => Strict({ data: schema }),
  list: (page) => ({ status: 200, body: { data: page.items, meta: metaOf(page) } }),
  listSchema: (schema, total) =>
    Strict({ data: Type.Array(schema), meta: Strict(total ? { total: Total, ...Meta } : Meta) }),
  deleted: ({ id }) => ({ status: 200, body: { data: { id, deleted: true } } }),
  deletedSchema: () => ({
    status: 200,
    schema: Strict({ data: Strict({ id: Type.String(), deleted: Type.Literal(true) }, { title: 'Deleted' }) }),
  }),
};

function metaOf({ total, window, nextCursor }: Page<unknown>): Record<string, unknown> {
  const { limit } = window;
  const counted = total === null ? {} : { total };
  if (window.by === 'cursor') {
    return { ...counted, ...(window.cursor === null ? { page: 1 } : {}), per_page: limit, next_cursor: nextCursor };
  }
  const page = window.offset / limit + 1;
  return { ...counted, ...(Number.isInteger(page) ? { page } : {}), per_page: limit };
}
