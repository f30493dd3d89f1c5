import { Type, type Static } from 'typebox';
import { Strict } from './common.ts';
import { BodyPath, Place, Text } from './http-fields.ts';

const PageSize = {
  sizeParam: Type.Optional(Text('Parameter for the page size.', { examples: ['limit'] })),
  size: Type.Optional(
    Type.Integer({ description: 'Records to ask for per page.', default: 100, minimum: 1, maximum: 100_000 }),
  ),
};

const HasMore = Type.Optional(
  BodyPath('A boolean in the body: false ends the reading. Without it an empty page does.', ['has_more']),
);

/** The kinds of pagination, each under its key. */
export const PaginationKinds = {
  cursor: Type.Optional(
    Strict(
      {
        path: BodyPath('Where the cursor of the next page stands; absent, null, false or empty ends the reading.', [
          'meta.next_cursor',
        ]),
        param: Text('Parameter that takes the cursor.', { examples: ['cursor'] }),
        in: Type.Optional(Place),
        hasMore: HasMore,
        ...PageSize,
      },
      { description: 'The body names a cursor, and the next request carries it.' },
    ),
  ),
  record: Type.Optional(
    Strict(
      {
        path: BodyPath('Which field of the last record of a page is the cursor of the next one.', ['id']),
        param: Text('Parameter that takes the cursor.', { examples: ['starting_after'] }),
        in: Type.Optional(Place),
        hasMore: HasMore,
        ...PageSize,
      },
      { description: 'The last record of a page is the cursor, and the next request carries it.' },
    ),
  ),
  next: Type.Optional(
    Strict(
      { path: BodyPath('Where the URL of the next page stands, absolute or relative.', ['links.next']) },
      { description: 'The body names the whole URL of the next page.' },
    ),
  ),
  page: Type.Optional(
    Strict(
      {
        param: Text('Parameter that takes the page number.', { default: 'page' }),
        start: Type.Optional(Type.Integer({ description: 'Number of the first page.', default: 1, minimum: 0 })),
        in: Type.Optional(Place),
        hasMore: HasMore,
        ...PageSize,
      },
      { description: 'Pages are counted.' },
    ),
  ),
  offset: Type.Optional(
    Strict(
      {
        param: Text('Parameter that takes the number of records to skip.', { default: 'offset' }),
        in: Type.Optional(Place),
        hasMore: HasMore,
        ...PageSize,
      },
      { description: 'Records are counted; the next offset is the number of records that have arrived.' },
    ),
  ),
  link: Type.Optional(
    Strict({}, { description: 'The `Link` header with `rel="next"` names the next page (RFC 8288).' }),
  ),
};

/** Exactly one kind. */
export const Pagination = Strict(PaginationKinds, {
  description: 'How further pages are found; exactly one of the keys. Without it there is one page.',
  minProperties: 1,
  maxProperties: 1,
});
export type Pagination = Static<typeof Pagination>;
