import type { Converter, FieldShape } from './convert.ts';
import type { Operation } from './operation.ts';

/** A request, ready to be sent any number of times. */
export interface Request {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

export type Params = object;

/** Puts each parameter where it belongs. `body` is given where the operation takes it as a whole. */
export function requestOf(
  operation: Operation,
  path: readonly string[],
  params: Params,
  converter: Converter,
  body?: unknown,
): Request {
  const given = new Map(Object.entries(params).filter(([, value]) => value !== undefined));
  const take = ([wire, name, shape]: FieldShape): readonly [string, unknown][] => {
    const value = given.get(name);
    return given.delete(name) ? [[wire, converter.encode(value, shape)]] : [];
  };
  const query = (operation.query ?? []).flatMap(take);
  const headers = (operation.headers ?? []).flatMap(take);
  const sent = bodyOf(operation, given, take, converter, body);
  return {
    method: operation.method,
    path: `${filled(operation.path, path)}${queryText(query)}`,
    headers: Object.fromEntries(headers.map(([name, value]) => [name.toLowerCase(), String(value)])),
    body: sent === undefined ? undefined : JSON.stringify(sent),
  };
}

function bodyOf(
  operation: Operation,
  given: Map<string, unknown>,
  take: (field: FieldShape) => readonly [string, unknown][],
  converter: Converter,
  whole: unknown,
): unknown {
  const { body } = operation;
  if (body === undefined) return undefined;
  if ('whole' in body) return converter.encode(whole, body.whole);
  const known = body.fields.flatMap(take);
  // What is left over has no name here: it goes as it is.
  const all = [...known, ...given];
  return all.length === 0 ? undefined : Object.fromEntries(all);
}

/** `/v1/pipelines/{id}` with its parts filled in. A part that is empty, `.` or `..` would lead elsewhere. */
function filled(template: string, parts: readonly string[]): string {
  let at = 0;
  return template.replaceAll(/\{(\w+)\}/g, (_whole, name: string) => {
    const part = parts[at++];
    if (typeof part !== 'string' || part === '' || part === '.' || part === '..') {
      throw new TypeError(`${name}: an id or a name is needed`);
    }
    return encodeURIComponent(part);
  });
}

function queryText(query: readonly [string, unknown][]): string {
  const text = query
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(String(value))}`)
    .join('&');
  return text === '' ? '' : `?${text}`;
}

/** As strong as a UUID, and also there where `crypto.randomUUID` is not: on pages without TLS. */
export function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
