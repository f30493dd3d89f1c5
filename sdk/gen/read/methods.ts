import type { Answer, Body, Field, Method, Paging, Type } from '../model.ts';
import { pascal } from '../names.ts';
import { EVENT_STREAM, JSON_TYPE, type Operation, type Schema } from './document.ts';
import { textOf, type Types } from './types.ts';

/** Ways into a list that SDKs leave out: they go by cursor. */
const PAGING: ReadonlySet<string> = new Set(['limit', 'cursor', 'offset', 'page', 'per_page']);
/** Header fields that an SDK fills in by itself. */
const OWN_HEADERS: ReadonlySet<string> = new Set(['idempotency-key', 'last-event-id', 'content-encoding']);

/** The method of an operation; what its models are called begins with `id`. */
export function methodOf(
  operation: Operation,
  at: { readonly name: string; readonly id: string; readonly method: string; readonly path: string },
  types: Types,
): Method {
  const parameters = (place: string): readonly Field[] =>
    operation.parameters
      .filter((parameter) => parameter.in === place)
      .map(({ name, required, description, schema }) => ({
        wire: name,
        type: types.read(schema, `${at.id}${pascal(name)}`, 'input'),
        required,
        description: textOf(description),
      }));
  const headers = parameters('header');
  const query = parameters('query');
  const body = bodyOf(operation, at.id, types);
  const paging = pagingOf(operation, query, body, at.id, types);
  return {
    name: at.name,
    id: at.id,
    summary: operation.summary,
    description: operation.description ?? '',
    http: { method: at.method, path: at.path },
    path: parameters('path'),
    query: paging?.in === 'query' ? withoutPaging(query) : query,
    headers: headers.filter(({ wire }) => !OWN_HEADERS.has(wire.toLowerCase())),
    body: paging?.in === 'body' ? { ...body!, fields: withoutPaging(body!.fields!) } : body,
    answer: paging === null ? answerOf(operation, at.id, types) : { form: 'json', byStatus: {} },
    paging,
    // The key of a request is that of one thing: a list of them has none.
    idempotencyKey: body?.fields !== null && headers.some(({ wire }) => wire.toLowerCase() === 'idempotency-key'),
    events: eventsOf(operation, at.id, types),
  };
}

const withoutPaging = (fields: readonly Field[]): readonly Field[] => fields.filter(({ wire }) => !PAGING.has(wire));

function bodyOf(operation: Operation, id: string, types: Types): Body | null {
  const schema = operation.requestBody?.content[JSON_TYPE]?.schema;
  if (schema === undefined) return null;
  const type = types.read(schema, `${id}Body`, 'input');
  const optional = operation.requestBody?.required !== true;
  const parts = type.kind === 'union' ? type.of : [type];
  const known = parts.map((part) => types.fieldsOf(part));
  const open = parts.some(({ kind }) => kind === 'map');
  if (parts.some((part, at) => known[at] === null && part.kind !== 'map') || known.every((fields) => fields === null)) {
    return { type, fields: null, open: false, optional };
  }
  const lists = known.filter((fields) => fields !== null);
  return { type, fields: mergedFields(lists, open || lists.length > 1), open: open || lists.length > 1, optional };
}

/** All fields of all forms; where there are several forms, none of them is needed in all. */
function mergedFields(lists: readonly (readonly Field[])[], several: boolean): readonly Field[] {
  const fields = new Map<string, Field>();
  for (const field of lists.flat()) {
    const before = fields.get(field.wire);
    const type: Type = before === undefined ? field.type : either(before.type, field.type);
    fields.set(field.wire, { ...field, type, required: field.required && !several });
  }
  return [...fields.values()];
}

function either(one: Type, other: Type): Type {
  return JSON.stringify(one) === JSON.stringify(other) ? one : { kind: 'union', of: [one, other] };
}

function pagingOf(
  operation: Operation,
  query: readonly Field[],
  body: Body | null,
  id: string,
  types: Types,
): Paging | null {
  const properties = operation.responses['200']?.content?.[JSON_TYPE]?.schema['properties'] as
    | Readonly<Record<string, Schema>>
    | undefined;
  if (properties?.['data'] === undefined || properties['next_cursor'] === undefined) return null;
  const hasCursor = (fields: readonly Field[]): boolean => fields.some(({ wire }) => wire === 'cursor');
  const place = hasCursor(query) ? 'query' : hasCursor(body?.fields ?? []) ? 'body' : 'none';
  return { in: place, item: types.read((properties['data']['items'] ?? {}) as Schema, `${id}Item`, 'output') };
}

function answerOf(operation: Operation, id: string, types: Types): Answer {
  const good = Object.entries(operation.responses).filter(([status]) => status.startsWith('2'));
  const contents = good.filter(([, { content }]) => content !== undefined);
  // A file that can be had as JSON too is a file.
  if (contents.some(([, { content }]) => Object.keys(content!)[0] !== JSON_TYPE)) return { form: 'raw' };
  const byStatus = contents.map(([status, { content }]) => [
    status,
    types.read(content![JSON_TYPE]!.schema, `${id}Answer`, 'output'),
  ]);
  return { form: 'json', byStatus: Object.fromEntries(byStatus) as Record<string, Type> };
}

function eventsOf(operation: Operation, id: string, types: Types): Readonly<Record<string, Type>> | null {
  const data = operation.responses['200']?.content?.[EVENT_STREAM]?.schema['$defs'] as
    | Readonly<Record<string, Schema>>
    | undefined;
  if (data === undefined) return null;
  return Object.fromEntries(
    Object.entries(data).map(([name, schema]) => [name, types.read(schema, `${id}${pascal(name)}`, 'output')]),
  );
}
