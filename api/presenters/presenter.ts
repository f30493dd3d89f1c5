import type { TSchema } from 'typebox';
import type { Page, PageQuery } from '../paging/page.ts';

/** What goes over the wire. */
export interface Presented {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Undefined: no body. */
  readonly body: unknown;
}

/**
 * The envelope of one prefix: the same routes answer under every prefix, and this is all that differs. The schema
 * functions describe what the value functions make.
 */
export interface Presenter {
  /** `/v1` */
  readonly prefix: string;
  /** Whether `name` of an object is its title where it has one. */
  readonly titled?: boolean;
  object(value: unknown, status: number): Presented;
  objectSchema(schema: TSchema): TSchema;
  /** What stands before and behind an object's JSON: what `object` does, for code that makes its answers as text. */
  readonly wrap: readonly [string, string];
  /** Paging parameters where the client gives none, in lists that take them. Left out: a page by cursor. */
  readonly paging?: PageQuery;
  /** `url` is the path and query that was asked for; null where the query was in the body. */
  list(page: Page<unknown>, url: string | null): Presented;
  /** `total`: whether the list counts what matches. */
  listSchema(schema: TSchema, total: boolean): TSchema;
  /** Header fields of lists, as OpenAPI describes them. */
  listHeaders?(total: boolean): Readonly<Record<string, object>>;
  deleted(value: { readonly id: string }): Presented;
  /** The status of a deletion, and its schema where it has a body. */
  deletedSchema(): { readonly status: number; readonly schema: TSchema | null };
}
