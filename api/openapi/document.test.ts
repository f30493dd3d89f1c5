import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { expect, test } from 'vitest';
import { ERROR_CODES } from '../../foundation/errors.ts';
import { PRESENTERS } from '../presenters/index.ts';
import { paramNames, pathsOf } from '../route.ts';
import { createRoutes } from '../routes/index.ts';
import { openApiDocument } from './document.ts';

interface Operation {
  readonly operationId: string;
  readonly tags: string[];
  readonly summary: string;
  readonly security: unknown[];
  readonly parameters: { name: string; in: string; required: boolean; schema: object; description?: string }[];
  readonly requestBody?: { required: boolean; content: Record<string, { schema: object; example?: unknown }> };
  readonly responses: Record<string, { description: string; content?: Record<string, { schema: object }> }>;
}

const routes = createRoutes(PRESENTERS, '1.2.3');
const document = JSON.parse(JSON.stringify(openApiDocument(routes, PRESENTERS, '1.2.3'))) as {
  openapi: string;
  info: Record<string, unknown>;
  tags: { name: string }[];
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, object> };
};
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ name: `${method} ${path}`, path, operation })),
);

const ajv = new Ajv2020({ strict: false });
addFormats.default(ajv);
ajv.addSchema(document, 'openapi');

/** Every schema object under a value, with the pointer to it. */
function* references(value: unknown): Generator<string> {
  if (typeof value !== 'object' || value === null) return;
  for (const [key, member] of Object.entries(value)) {
    if (key === '$ref' && typeof member === 'string') yield member;
    yield* references(member);
  }
}

test('the document has its head, and one operation for each path of each route', () => {
  expect(document.openapi).toBe('3.1.0');
  expect(document.info).toMatchObject({ title: 'Headgate', version: '1.2.3' });
  const perPrefix = (root: boolean): number =>
    routes.filter((route) => (route.root === true) === root).flatMap((route) => pathsOf(route)).length;
  expect(operations).toHaveLength(perPrefix(true) + PRESENTERS.length * perPrefix(false));
  const ids = operations.map(({ operation }) => operation.operationId);
  expect(new Set(ids).size).toBe(ids.length);
});

test.each(operations)('$name', ({ path, operation }) => {
  expect(operation.summary.length).toBeGreaterThan(5);
  expect(document.tags.map((tag) => tag.name)).toContain(operation.tags[0]);
  const inPath = operation.parameters.filter((parameter) => parameter.in === 'path');
  expect(inPath.map((parameter) => parameter.name)).toEqual(paramNames(path));
  const names = operation.parameters.map((parameter) => `${parameter.in} ${parameter.name}`);
  expect(new Set(names).size).toBe(names.length);
  for (const parameter of operation.parameters) {
    expect(parameter.description?.length, `${parameter.name} is described`).toBeGreaterThan(5);
    expect(ajv.compile(parameter.schema)).toBeTypeOf('function');
    if (parameter.in !== 'path') expect(parameter.required).toBe(false);
  }
  const statuses = Object.keys(operation.responses).map(Number);
  expect(statuses.some((status) => status < 400)).toBe(true);
  expect(statuses).toContain(400);
  expect(statuses).toContain(500);
  if (operation.security.length > 0) expect(statuses).toEqual(expect.arrayContaining([401, 403, 429]));
  if (operation.requestBody !== undefined) expect(statuses).toEqual(expect.arrayContaining([408, 413, 415]));
  for (const [status, response] of Object.entries(operation.responses)) {
    expect(response.description.length).toBeGreaterThan(3);
    const types = Object.keys(response.content ?? {});
    if (Number(status) >= 400) expect(types).toEqual(['application/problem+json']);
  }
});

test('all references lead somewhere, and all schemas compile', () => {
  const all = [...references(document)];
  expect(all.length).toBeGreaterThan(50);
  for (const ref of new Set(all)) expect(ajv.getSchema(`openapi${ref}`), ref).toBeTypeOf('function');
  for (const [name, schema] of Object.entries(document.components.schemas)) {
    expect(schema, name).toHaveProperty('type');
  }
  expect(Object.keys(document.components.schemas)).toEqual(
    expect.arrayContaining(['Pipeline', 'Run', 'Problem', 'Plan']),
  );
});

test('examples fit the schemas and paths they stand beside', () => {
  for (const { name, operation } of operations) {
    for (const { schema, example } of Object.values(operation.requestBody?.content ?? {})) {
      if (example === undefined) continue;
      const validate = ajv.compile({ ...schema, components: document.components });
      expect(validate(example), `${name}: ${ajv.errorsText(validate.errors)}`).toBe(true);
    }
  }
  for (const route of routes) {
    for (const example of route.examples ?? []) {
      const pattern = new RegExp(`^${route.path.replaceAll(/\{[a-z_]+\}/g, '[^/]+')}$`);
      expect(example.path?.split('?')[0]).toMatch(pattern);
    }
  }
});

test('patterns hold no classes that other languages do not know', () => {
  expect(JSON.stringify(document)).not.toMatch(/\\\\[pP]\{/);
});

test('fields with a default need not be sent', () => {
  const schema = document.components.schemas['RunRequest'] as { required?: string[]; properties: object };
  expect(Object.keys(schema.properties)).toEqual(['full_refresh', 'dry_run', 'variables']);
  expect(schema.required).toBeUndefined();
});

test('every error that a route names is in the registry', () => {
  for (const route of routes) for (const code of route.errors ?? []) expect(ERROR_CODES).toHaveProperty(code);
});
