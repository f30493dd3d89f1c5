import type { TObject, TSchema } from 'typebox';
import type { Presenter } from '../presenters/presenter.ts';
import { keepsAnswers, paramNames, type Route } from '../route.ts';
import type { Components, JsonSchema } from './components.ts';
import { problemsOf, successOf } from './responses.ts';

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
