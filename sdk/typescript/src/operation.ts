import type { FieldShape, Shape } from './convert.ts';

/** A request as the generated code describes it; fields are tables of name on the wire, name here, shape. */
export interface Operation {
  readonly method: string;
  /** `/v1/pipelines/{id}` */
  readonly path: string;
  readonly query?: readonly FieldShape[];
  readonly headers?: readonly FieldShape[];
  readonly body?: { readonly fields: readonly FieldShape[] } | { readonly whole: Shape | null };
  readonly answers?: Readonly<Record<number, Shape | null>>;
  readonly paging?: 'query' | 'body' | 'none';
  /** Of a list. */
  readonly item?: Shape | null;
  /** The data of each server-sent event by its name. */
  readonly events?: Readonly<Record<string, Shape | null>>;
  readonly idempotencyKey?: true;
}
