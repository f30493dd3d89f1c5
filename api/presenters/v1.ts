import { Type } from 'typebox';
import { Strict } from '../../crds/common.ts';
import type { Page } from '../paging/page.ts';
import type { Presenter } from './presenter.ts';

const WindowMeta = {
  limit: Type.Optional(Type.Integer({ description: 'With `limit`: items at most.' })),
  offset: Type.Optional(Type.Integer({ description: 'With `offset`: items skipped.' })),
  page: Type.Optional(Type.Integer({ description: 'With `page`: which one.' })),
  per_page: Type.Optional(Type.Integer({ description: 'With `page`: items of a page.' })),
};
const Total = Type.Integer({ description: 'All that match.', minimum: 0 });

/** `/v1`: objects bare, lists as `{data, has_more, next_cursor, meta}`, deletions as `{id, deleted: true}`. */
export const v1: Presenter = {
  prefix: '/v1',
  wrap: ['', ''],
  object: (value, status) => ({ status, body: value }),
  objectSchema: (schema) => schema,
  list: (page) => ({
    status: 200,
    body: { data: page.items, has_more: page.nextCursor !== null, next_cursor: page.nextCursor, meta: metaOf(page) },
  }),
  listSchema: (schema, total) =>
    Strict({
      data: Type.Array(schema),
      has_more: Type.Boolean({ description: 'Whether more follow.' }),
      next_cursor: Type.Union([Type.String(), Type.Null()], {
        description: '`cursor` of the next request; null on the last page.',
      }),
      meta: Strict(total ? { total: Total, ...WindowMeta } : WindowMeta),
    }),
  deleted: ({ id }) => ({ status: 200, body: { id, deleted: true } }),
  deletedSchema: () => ({
    status: 200,
    schema: Strict({ id: Type.String(), deleted: Type.Literal(true) }, { title: 'Deleted' }),
  }),
};

function metaOf({ total, window }: Page<unknown>): Record<string, number> {
  return {
    ...(total === null ? {} : { total }),
    ...(window.by === 'page' ? { page: window.page, per_page: window.limit } : { limit: window.limit }),
    ...(window.by === 'offset' ? { offset: window.offset } : {}),
  };
}
