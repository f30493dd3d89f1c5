import { expect, test } from 'vitest';
import type { OpenApi, Operation, Schema } from './document.ts';
import { readOpenApi } from './read.ts';

const json = (schema: Schema): Operation['responses'] => ({ 200: { content: { 'application/json': { schema } } } });
const operation = (id: string, more: Partial<Operation> = {}): Operation => ({
  operationId: id,
  summary: 'Does something',
  security: [{ token: [] }],
  parameters: [],
  responses: json({ type: 'object' }),
  ...more,
});
const document = (paths: OpenApi['paths'], schemas: Record<string, Schema> = {}): OpenApi => ({
  info: { version: '1.0.0' },
  paths,
  components: { schemas },
  'x-error-codes': { not_found: { status: 404, title: 'Not found' } },
});
const namesOf = (paths: OpenApi['paths']): string[] =>
  readOpenApi(document(paths)).resources.flatMap(({ name, methods }) =>
    methods.map((method) => `${name}.${method.name}`),
  );

test.each<[string, string, string, string]>([
  ['get', '/v1/pipelines', 'listPipelines', 'pipelines.list'],
  ['post', '/v1/pipelines', 'createPipeline', 'pipelines.create'],
  ['get', '/v1/pipelines/{id}', 'getPipeline', 'pipelines.get'],
  ['put', '/v1/pipelines/{id}', 'updatePipeline', 'pipelines.update'],
  ['patch', '/v1/pipelines/{id}', 'patchPipeline', 'pipelines.patch'],
  ['delete', '/v1/pipelines/{id}', 'deletePipeline', 'pipelines.delete'],
  ['post', '/v1/pipelines/{id}/pause', 'pausePipeline', 'pipelines.pause'],
  ['get', '/v1/pipelines/{id}/dead-letters', 'listDeadLetters', 'pipelines.dead_letters'],
  ['delete', '/v1/pipelines/{id}/dead-letters', 'discardDeadLetters', 'pipelines.discard_dead_letters'],
  ['post', '/v1/integrations/{id}/regenerate-key', 'regenerateIntegrationKey', 'integrations.regenerate_key'],
  ['get', '/v1/events/replays/{id}', 'getReplay', 'events.get_replay'],
])('%s %s (%s) is %s', (method, path, id, name) => {
  expect(namesOf({ [path]: { [method]: operation(id) } })).toEqual([name]);
});

test('of two operations that would have one name the one that reads keeps it, and hints come before both', () => {
  const both = { get: operation('listPipelineRuns'), post: operation('createPipelineRun') };
  expect(namesOf({ '/v1/pipelines/{id}/runs': both })).toEqual(['pipelines.runs', 'pipelines.create_run']);
  const hinted = { ...both, post: operation('createPipelineRun', { 'x-sdk': 'pipelines.runs' }) };
  expect(namesOf({ '/v1/pipelines/{id}/runs': hinted })).toEqual(['pipelines.list_runs', 'pipelines.runs']);
  expect(() =>
    namesOf({
      '/v1/a': { get: operation('a', { 'x-sdk': 'things.get' }) },
      '/v1/b': { get: operation('b', { 'x-sdk': 'things.get' }) },
    }),
  ).toThrow(/things.get is taken/);
});

test('other prefixes, second paths, what needs no token and what says so are left out', () => {
  const paths = {
    '/api/v1/pipelines': { get: operation('a') },
    '/healthz': { get: operation('b') },
    '/v1/hooks/{id}': { post: operation('c', { security: [] }) },
    '/v1/pipelines/runs/{run_id}': { get: operation('d', { 'x-alias-of': '/runs/{run_id}' }) },
    '/v1/pipelines/{id}/run': { post: operation('e', { 'x-sdk': false }) },
    '/v1/runs/{run_id}': { get: operation('getRun') },
  };
  expect(namesOf(paths)).toEqual(['runs.get']);
});

test('objects without a name get one from where they stand, maps stay maps, and circles end', () => {
  const node: Schema = {
    type: 'object',
    required: ['id'],
    properties: {
      id: { type: 'string' },
      last_run: { anyOf: [{ type: 'object', properties: { row_count: { type: 'integer' } } }, { type: 'null' }] },
      settings: { type: 'object', patternProperties: { '^': {} } },
      labels: { type: 'object', additionalProperties: { type: 'string' } },
      children: { type: 'array', items: { $ref: '#/components/schemas/Node' } },
      entries: { type: 'array', items: { type: 'object', properties: { a: { enum: ['x', 'y'] } } } },
    },
  };
  const responses = json({ $ref: '#/components/schemas/Node' });
  const { models } = readOpenApi(
    document({ '/v1/nodes/{id}': { get: operation('getNode', { responses }) } }, { Node: node }),
  );
  expect(models.map(({ name }) => name)).toEqual(['Node', 'NodeEntry', 'NodeLastRun']);
  const types = Object.fromEntries(models[0]!.fields.map(({ wire, type }) => [wire, type]));
  expect(types).toEqual({
    id: { kind: 'string' },
    last_run: { kind: 'union', of: [{ kind: 'model', name: 'NodeLastRun' }, { kind: 'null' }] },
    settings: { kind: 'map', of: { kind: 'unknown' } },
    labels: { kind: 'map', of: { kind: 'string' } },
    children: { kind: 'list', of: { kind: 'model', name: 'Node' } },
    entries: { kind: 'list', of: { kind: 'model', name: 'NodeEntry' } },
  });
});

test('lists, live forms, files and bodies of several forms are recognized', () => {
  const item: Schema = { type: 'object', properties: { id: { type: 'string' } } };
  const list = json({ type: 'object', properties: { data: { type: 'array', items: item }, next_cursor: {} } });
  const cursor = { name: 'cursor', in: 'query', required: false, schema: { type: 'string' } };
  const limit = { ...cursor, name: 'limit' };
  const page = { ...cursor, name: 'page' };
  const status = { ...cursor, name: 'status' };
  const live = { schema: { type: 'string', $defs: { log: item } } };
  const body = {
    required: true,
    content: { 'application/json': { schema: { anyOf: [item, { type: 'object', description: 'A resource.' }] } } },
  };
  const paths = {
    '/v1/things': {
      get: operation('listThings', { parameters: [cursor, limit, page, status], responses: list }),
      post: operation('createThing', { requestBody: body }),
    },
    '/v1/things/{id}/file': { get: operation('a', { responses: { 200: { content: { 'text/csv': live } } } }) },
    '/v1/things/{id}/logs': {
      get: operation('b', { responses: { 200: { content: { ...list['200']!.content, 'text/event-stream': live } } } }),
    },
  };
  const [all, create, file, logs] = readOpenApi(document(paths)).resources[0]!.methods;
  expect(all).toMatchObject({ paging: { in: 'query' }, query: [{ wire: 'status' }] });
  expect(create!.body).toMatchObject({ open: true, optional: false, fields: [{ wire: 'id', required: false }] });
  expect(file!.answer).toEqual({ form: 'raw' });
  expect(logs).toMatchObject({ paging: { in: 'none' }, events: { log: { kind: 'model' } } });
});
