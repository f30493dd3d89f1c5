import type { Field, Method } from './model.ts';

/** What a caller gives beside the parts of the path: one name each, whether it goes into the query, a header or the body. */
export interface Params {
  readonly query: ReadonlyMap<string, Field>;
  readonly headers: ReadonlyMap<string, Field>;
  readonly body: ReadonlyMap<string, Field>;
  /** Whether more than this may be given; it goes into the body. */
  readonly open: boolean;
}

/**
 * `toCase` makes the names; those of `reserved` are taken already, as are parts of the path where they stand in one list
 * with the rest. A field of the body that is called like a query parameter is `body_…`.
 */
export function paramsOf(method: Method, toCase: (name: string) => string, reserved: readonly string[] = []): Params {
  const taken = new Set(reserved);
  const named = (fields: readonly Field[], prefix: string): ReadonlyMap<string, Field> =>
    new Map(
      fields.map((field) => {
        const plain = toCase(field.wire);
        const name = taken.has(plain) ? toCase(`${prefix}_${field.wire}`) : plain;
        taken.add(name);
        return [name, field];
      }),
    );
  return {
    query: named(method.query, 'query'),
    headers: named(method.headers, 'header'),
    body: named(method.body?.fields ?? [], 'body'),
    open: method.body?.open === true,
  };
}

/** Those that must be given, of query, headers and body. */
export function requiredOf(method: Method, { query, headers, body }: Params): readonly string[] {
  const isBodyOptional = method.body?.optional === true;
  return [
    ...[...query, ...headers].filter(([, field]) => field.required),
    ...[...body].filter(([, field]) => field.required && !isBodyOptional),
  ].map(([name]) => name);
}
