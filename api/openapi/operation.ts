import { Type, type TObject, type TSchema } from 'typebox';
import { ERROR_CODES, type ErrorCodeName } from '../../foundation/errors.ts';
import type { Presenter } from '../presenters/presenter.ts';
import { keepsAnswers, paramNames, type Route } from '../route.ts';
import { PlanView } from '../views/plan.ts';
import { PendingWriteView } from '../views/write.ts';
import type { Components, JsonSchema } from './components.ts';

/** The OpenAPI operation of a route under one of its paths. */
export function operationOf(
  route: Route,
  path: string,
  operationId: string,
  presenter: Presenter,
  components: Components,
): JsonSchema {
  const [example] = route.examples ?? [];
  const prefix = route.root === true ? '' : presenter.prefix;
  return {
    operationId,
    tags: [route.tag],
    summary: route.summary,
    ...(route.description === undefined ? {} : { description: route.description }),
    security: route.scope === null ? [] : [{ token: [] }],
    ...(route.scope === null ? {} : { 'x-scope': route.scope }),
    ...(route.sdk === undefined ? {} : { 'x-sdk': route.sdk }),
    ...(example?.path === undefined ? {} : { 'x-example-path': `${prefix}${example.path}` }),
    parameters: parametersOf(route, path, components),
    ...(route.body === undefined ? {} : { requestBody: requestBodyOf(route, components, example?.body) }),
    ...(route.raw === undefined ? {} : { requestBody: { required: true, content: rawContent(route.raw, components) } }),
    responses: { ...successOf(route, presenter, components), ...problemsOf(route) },
  };
}

function parametersOf(route: Route, path: string, components: Components): readonly JsonSchema[] {
  const inPath = paramNames(path).map((name) => ({
    name,
    in: 'path',
    required: true,
    ...parts(components, route.params?.properties[name]),
  }));
  const inQuery = Object.entries(route.query?.properties ?? {}).map(([name, schema]) => {
    const isList = 'type' in schema && schema.type === 'array';
    return {
      name,
      in: 'query',
      required: isRequired(route.query!, name),
      ...parts(components, schema),
      ...(isList ? { style: 'form', explode: false } : {}),
    };
  });
  const inHeader = Object.entries(headersOf(route)).map(([name, description]) => ({
    name,
    in: 'header',
    required: false,
    description,
    schema: { type: 'string' },
  }));
  return [...inPath, ...inQuery, ...inHeader];
}

const KEPT =
  'Repeating the request with the same key within 24 hours does nothing again: it gets the first answer, with `Idempotent-Replayed: true`.';

function headersOf(route: Route): Readonly<Record<string, string>> {
  return { ...route.headers, ...(keepsAnswers(route) ? { 'Idempotency-Key': KEPT } : {}) };
}

function parts(components: Components, schema: TSchema | undefined): JsonSchema {
  const { description, ...rest } = components.reference(schema ?? {});
  return { ...(description === undefined ? {} : { description }), schema: rest };
}

function isRequired(query: TObject, name: string): boolean {
  const schema: TSchema | undefined = query.properties[name];
  return (query.required ?? []).includes(name) && !(schema !== undefined && 'default' in schema);
}

function requestBodyOf(route: Route, components: Components, example: unknown): JsonSchema {
  const schema = components.reference(route.body!);
  const json = { schema, ...(example === undefined ? {} : { example }) };
  const documents = { schema: { type: 'object', description: 'A resource, as in Git.' } };
  return {
    required: route.bodyOptional !== true,
    content: {
      'application/json': route.documents === true ? { ...json, schema: { anyOf: [schema, documents.schema] } } : json,
      'application/yaml': route.documents === true ? { schema: { anyOf: [schema, documents.schema] } } : { schema },
      ...Object.fromEntries(
        Object.entries(route.direct?.takes ?? {}).map(([type, own]) => [type, { schema: components.reference(own) }]),
      ),
    },
  };
}

function rawContent(raw: NonNullable<Route['raw']>, components: Components): JsonSchema {
  return Object.fromEntries(
    Object.entries(raw).map(([type, schema]) => [type, { schema: components.reference(schema) }]),
  );
}

function successOf(route: Route, presenter: Presenter, components: Components): JsonSchema {
  const { answer } = route;
  const streams = streamsOf(route, components);
  const json = (schema: TSchema): JsonSchema => ({ 'application/json': { schema: components.reference(schema) } });
  if (answer.form === 'list') {
    const content = {
      ...json(presenter.listSchema(answer.schema, answer.total)),
      ...textContent(answer.also ?? {}, streams),
    };
    const headers = presenter.listHeaders?.(answer.total);
    return { 200: { description: 'The list.', ...(headers === undefined ? {} : { headers }), content } };
  }
  if (answer.form === 'deleted') {
    const { status, schema } = presenter.deletedSchema();
    const gone = { description: 'Gone.', ...(schema === null ? {} : { content: json(schema) }) };
    if (answer.written === true) return writtenOf(status, gone, schema, presenter, components);
    return { [status]: gone };
  }
  if (answer.form === 'written') {
    const schema = presenter.objectSchema(answer.schema);
    const done = { description: 'Done: committed and synced.', content: json(schema) };
    return writtenOf(answer.status, done, schema, presenter, components);
  }
  if (answer.form === 'raw') {
    const content = textContent(answer.content, streams);
    return {
      [answer.status ?? 200]: { description: 'The content.', content },
      ...(answer.part === undefined ? {} : { 206: { description: answer.part, content } }),
      ...(answer.unchanged === undefined ? {} : { 304: { description: answer.unchanged } }),
    };
  }
  const { 200: beside, ...also } = route.direct?.also ?? {};
  const own = answer.form === 'bare' ? answer.schema : presenter.objectSchema(answer.schema);
  const content = {
    ...json(beside === undefined ? own : Type.Union([own, beside.schema])),
    ...textContent((answer.form === 'object' ? answer.also : undefined) ?? {}, streams),
  };
  const status = answer.form === 'object' ? (answer.status ?? 200) : 200;
  const others = Object.entries(also).map(([code, { description, schema }]) => [
    code,
    { description, content: json(schema) },
  ]);
  return { [status]: { description: beside?.description ?? 'Done.', content }, ...Object.fromEntries(others) };
}

/** The answers of a write: `done`, on its way (202), and the plan that `dry_run` asks for (200). */
function writtenOf(
  status: number,
  done: JsonSchema,
  schema: TSchema | null,
  presenter: Presenter,
  components: Components,
): JsonSchema {
  const content = (of: TSchema): JsonSchema => ({ 'application/json': { schema: components.reference(of) } });
  const plan = presenter.objectSchema(PlanView);
  const planned =
    status === 200 && schema !== null
      ? { description: 'Done; or, with `dry_run`, the plan.', content: content(Type.Union([schema, plan])) }
      : { description: 'With `dry_run`: the plan.', content: content(plan) };
  return {
    [status]: done,
    200: planned,
    202: {
      description: 'On its way: a pull request waits for somebody to merge it, or the commit waits for its sync.',
      content: content(presenter.objectSchema(PendingWriteView)),
    },
  };
}

/** What server-sent events hold stands in `$defs`, by the name of the event: OpenAPI 3.1 has no place of its own for it. */
function streamsOf(route: Route, components: Components): JsonSchema {
  const events = Object.entries(route.streams ?? {}).map(([name, schema]) => [name, components.reference(schema)]);
  return events.length === 0 ? {} : { $defs: Object.fromEntries(events) };
}

function textContent(content: Readonly<Record<string, string>>, streams: JsonSchema): JsonSchema {
  return Object.fromEntries(
    Object.entries(content).map(([type, description]) => [
      type,
      {
        schema: {
          ...(type === 'application/json' ? { description } : { type: 'string', description }),
          ...(type === 'text/event-stream' ? streams : {}),
        },
      },
    ]),
  );
}

/** The errors that a route can give: those it names, and those that come from what stands before it. */
export function errorCodesOf(route: Route): readonly ErrorCodeName[] {
  const codes: ErrorCodeName[] = ['invalid_request', 'headers_too_large'];
  if (route.scope !== null) codes.push('unauthorized', 'forbidden', 'rate_limited', 'unavailable', 'store_full');
  if (route.body !== undefined || route.raw !== undefined)
    codes.push('request_timeout', 'payload_too_large', 'unsupported_media_type');
  if (keepsAnswers(route)) codes.push('conflict', 'idempotency_key_reused');
  return [...new Set([...codes, ...(route.errors ?? []), 'internal' as const])];
}

function problemsOf(route: Route): JsonSchema {
  const byStatus = Map.groupBy(errorCodesOf(route), (code) => ERROR_CODES[code].status);
  return Object.fromEntries(
    [...byStatus].map(([status, codes]) => [
      status,
      {
        description: codes.map((code) => `\`${code}\`: ${ERROR_CODES[code].meaning}`).join(' '),
        content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
      },
    ]),
  );
}
