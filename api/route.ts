/**
 * A route is declared once. Routing, validation, the OpenAPI document and the docs page are all made from the list of
 * routes in `routes/index.ts`.
 *
 * Words: a *route* is one operation; its *answer* says which form it has, and the *presenter* of a prefix turns that form
 * into what goes over the wire.
 */
import type { Readable } from 'node:stream';
import type { Static, TObject, TSchema } from 'typebox';
import type { ErrorCodeName } from '../foundation/errors.ts';
import type { Scope, TokenRecord } from '../store/ports.ts';
import type { RouteDeps } from './deps.ts';
import type { Page } from './paging/page.ts';
import type { PendingWriteView } from './views/write.ts';
import type { PlanView } from './views/plan.ts';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** What a route answers with, before a presenter has wrapped it. */
export type Answer<S extends TSchema = TSchema> =
  | { readonly form: 'object'; readonly schema: S; readonly status?: 200 | 201 | 202; readonly also?: Content }
  /** An object that no prefix puts into an envelope, since it is one itself. */
  | { readonly form: 'bare'; readonly schema: S }
  | { readonly form: 'list'; readonly schema: S; readonly total: boolean; readonly also?: Content }
  /** `written`: the deletion goes through Git. */
  | { readonly form: 'deleted'; readonly written?: true }
  /** The resource as it is after a write through Git: with `status` when that is done. Else see `Written`. */
  | { readonly form: 'written'; readonly schema: S; readonly status: 200 | 201 }
  | {
      readonly form: 'raw';
      readonly content: Content;
      readonly status?: 200 | 302;
      /** Statuses beside it that are no error, each with one sentence: a part (206) of the content, or nothing (304). */
      readonly part?: string;
      readonly unchanged?: string;
    };

/** Further media types of an answer, each with one sentence on what it holds. */
export type Content = Readonly<Record<string, string>>;

/** An answer that no presenter touches: a file, a stream, a page. */
export class Reply {
  readonly type: string;
  readonly body: string | Buffer | Readable | null;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(type: string, body: Reply['body'], options: { status?: number; headers?: Record<string, string> } = {}) {
    this.type = type;
    this.body = body;
    this.status = options.status ?? 200;
    this.headers = options.headers ?? {};
  }
}

/** What became of a write: it is done; it is on its way, answered with 202; or only its plan was asked for, answered with 200. */
export type Written<T> =
  | { readonly outcome: 'done'; readonly value: T }
  | { readonly outcome: 'pending'; readonly value: PendingWriteView }
  | { readonly outcome: 'planned'; readonly value: PlanView };

export type ResultOf<A> = A extends { form: 'list'; schema: infer S extends TSchema }
  ? Page<Static<S>> | Reply
  : A extends { form: 'object' | 'bare'; schema: infer S extends TSchema }
    ? Static<S> | Reply
    : A extends { form: 'written'; schema: infer S extends TSchema }
      ? Written<Static<S>>
      : A extends { form: 'deleted'; written: true }
        ? Written<{ readonly id: string }>
        : A extends { form: 'deleted' }
          ? { readonly id: string }
          : Reply;

/** The request as a handler sees it: valid by the route's schemas, with defaults filled in. */
export interface RouteRequest<P = unknown, Q = unknown, B = unknown> {
  readonly params: P;
  readonly query: Q;
  /** Undefined when the route takes no body, or the body is optional and was left out. */
  readonly body: B;
  /** For routes with `documents`: the body's text when it holds resources instead of the request object. */
  readonly documents: string | undefined;
  /** Whose token it is. Routes without a scope have no caller and must not ask. */
  readonly caller: TokenRecord;
  /** The same as the header `X-Request-Id` of the answer. */
  readonly requestId: string;
  /** The path under the prefix with this prefix put before it. */
  readonly href: (path: string) => string;
  /** Whether `name` is the title where a resource has one, in answers and so in requests. */
  readonly titled: boolean;
  readonly header: (name: string) => string | undefined;
  readonly setHeader: (name: string, value: string) => void;
  /** The best of `types` for the client's `Accept`, or null when it wants none of them. */
  readonly accepts: (types: readonly string[]) => string | null;
  /** The body of a route with `raw`, unread; it is read once. And the address of who sends it. */
  readonly raw: { readonly bytes: () => Promise<Buffer>; readonly address: string };
  /** Aborts when the client is gone, or was answered. */
  readonly signal: AbortSignal;
}

/** What a route says of itself that is served in front of the router (`ingest/`), where only its paths are known. */
export interface Direct {
  /** Media types of the body beside JSON and YAML. */
  readonly takes?: Readonly<Record<string, TSchema>>;
  /** Further answers that are no error, by status, in no envelope. One of 200 stands beside the usual answer. */
  readonly also?: Readonly<Record<number, { readonly description: string; readonly schema: TSchema }>>;
}

export interface RouteExample {
  readonly title: string;
  /** The path with its parameters and query filled in, without prefix. */
  readonly path?: string;
  readonly body?: unknown;
}

export interface Route<
  P extends TObject = TObject,
  Q extends TObject = TObject,
  B extends TSchema = TSchema,
  A extends Answer = Answer,
> {
  readonly id: string;
  readonly method: Method;
  /** In the form of OpenAPI: `/pipelines/{id}`. Below each prefix, or at the root when `root` is set. */
  readonly path: string;
  /** Further paths with the same answer. */
  readonly aliases?: readonly string[];
  readonly root?: boolean;
  /** The scope the token must have; null: no token needed. */
  readonly scope: Scope | null;
  readonly tag: string;
  readonly summary: string;
  readonly description?: string;
  readonly params?: P;
  readonly query?: Q;
  readonly body?: B;
  readonly bodyOptional?: boolean;
  /** The body may be resource documents (YAML or JSON, several allowed) instead of what `body` describes. */
  readonly documents?: boolean;
  /** Instead of `body`: its media types, where the route reads the bytes itself, as a signature over them needs it. */
  readonly raw?: Readonly<Record<string, TSchema>>;
  /**
   * Whether the answer to a request with an `Idempotency-Key` is kept for its repeats. Left out: yes for what changes
   * something, unless the route reads that header itself.
   */
  readonly idempotent?: boolean;
  /** Header fields that the route reads, with one sentence each. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly answer: A;
  /** Errors beyond those every route can give. */
  readonly errors?: readonly ErrorCodeName[];
  readonly examples?: readonly RouteExample[];
  /** What `text/event-stream` brings: the name of each server-sent event and the schema of its data. One called `end` is the last. */
  readonly streams?: Readonly<Record<string, TSchema>>;
  /** What the SDKs call it, as `resource.method` in snake_case, where path and method do not tell; false: they leave it out. */
  readonly sdk?: string | false;
  /** Served by its own code instead of `handler`. */
  readonly direct?: Direct;
  handler(request: RouteRequest<Static<P>, Static<Q>, Static<B>>, deps: RouteDeps): Promise<ResultOf<A>> | ResultOf<A>;
}

/** Declares a route; the types of handler and schemas are bound to each other here. */
export function route<
  const P extends TObject,
  const Q extends TObject,
  const B extends TSchema,
  const A extends Answer,
>(definition: Route<P, Q, B, A>): Route {
  return definition;
}

/** Whether it changes something: who only asks needs the scope `read`, or none. */
export function isChange({ method, scope, direct }: Pick<Route, 'method' | 'scope' | 'direct'>): boolean {
  return method !== 'GET' && scope !== null && scope !== 'read' && direct === undefined;
}

/** Whether its answers are kept for repeats with the same `Idempotency-Key`. */
export function keepsAnswers(definition: Route): boolean {
  return definition.idempotent ?? (isChange(definition) && definition.headers?.['Idempotency-Key'] === undefined);
}

/** Every path of a route: its own first. */
export function pathsOf(definition: Route): readonly string[] {
  return [definition.path, ...(definition.aliases ?? [])];
}

/** The names in the braces of a path, in order. */
export function paramNames(path: string): readonly string[] {
  return [...path.matchAll(/\{([a-z_]+)\}/g)].map((match) => match[1]!);
}
