/**
 * What an SDK offers, in no language: resources with their methods, and the models that go in and out. Everything an
 * emitter needs stands here; no emitter looks into the OpenAPI document. Names are those of the wire; emitters put them
 * into the case of their language (`names.ts`).
 */

export interface Sdk {
  /** Of the API that the document describes. */
  readonly version: string;
  readonly resources: readonly Resource[];
  /** By name. */
  readonly models: readonly Model[];
  readonly errorCodes: readonly ErrorCode[];
}

export interface ErrorCode {
  readonly code: string;
  readonly status: number;
  readonly title: string;
}

/** Methods that belong together: `pipelines`. */
export interface Resource {
  readonly name: string;
  readonly methods: readonly Method[];
}

export interface Method {
  /** snake_case, unique within the resource. */
  readonly name: string;
  /** PascalCase and unique in the SDK, for what is named after the method. */
  readonly id: string;
  readonly summary: string;
  readonly description: string;
  readonly http: { readonly method: string; readonly path: string };
  readonly path: readonly Field[];
  /** Without those of paging where `paging` is set. */
  readonly query: readonly Field[];
  readonly headers: readonly Field[];
  readonly body: Body | null;
  readonly answer: Answer;
  readonly paging: Paging | null;
  /** Whether it takes `Idempotency-Key`. */
  readonly idempotencyKey: boolean;
  /** Its live form: the data of each server-sent event by name. One called `end` is the last. */
  readonly events: Readonly<Record<string, Type>> | null;
}

export interface Body {
  readonly type: Type;
  /** The fields that it may have, for languages that pass them one by one; null: it is no object. */
  readonly fields: readonly Field[] | null;
  /** Whether it may be something else than what the fields say. */
  readonly open: boolean;
  readonly optional: boolean;
}

/** JSON by status, or bytes. */
export type Answer =
  | { readonly form: 'json'; readonly byStatus: Readonly<Record<string, Type>> }
  | { readonly form: 'raw' };

/** Where `limit` and `cursor` go, and what a page holds; `none`: all is in one page. */
export interface Paging {
  readonly in: 'query' | 'body' | 'none';
  readonly item: Type;
}

export interface Field {
  readonly wire: string;
  readonly type: Type;
  readonly required: boolean;
  readonly description: string;
}

export interface Model {
  /** PascalCase. */
  readonly name: string;
  readonly description: string;
  readonly fields: readonly Field[];
  /** Whether requests, and whether answers hold it. */
  readonly input: boolean;
  readonly output: boolean;
}

/** `unknown` and the values of a `map` of `unknown` are the user's own: their keys are never touched. */
export type Type =
  | { readonly kind: 'string' | 'integer' | 'number' | 'boolean' | 'null' | 'unknown' }
  | { readonly kind: 'literal'; readonly values: readonly (string | number | boolean)[] }
  | { readonly kind: 'list' | 'map'; readonly of: Type }
  | { readonly kind: 'model'; readonly name: string }
  | { readonly kind: 'union'; readonly of: readonly Type[] };
