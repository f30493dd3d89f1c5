import type { TSchema } from 'typebox';
import type { Page } from '../paging/page.ts';

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
  object(value: unknown, status: number): Presented;
  objectSchema(schema: TSchema): TSchema;
  /** `url` is the path and query that was asked for. */
  list(page: Page<unknown>, url: string): Presented;
  listSchema(schema: TSchema, total: boolean): TSchema;
  deleted(value: { readonly id: string }): Presented;
  /** The status of a deletion, and its schema where it has a body. */
  deletedSchema(): { readonly status: number; readonly schema: TSchema | null };
}
