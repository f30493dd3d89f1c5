import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { resourceId } from '../../foundation/ids.ts';
import { API_VERSION } from '../../crds/index.ts';
import { declare, startTestApi, type TestApi } from '../testing/harness.ts';

const repositoryId = resourceId({ kind: 'Repository', namespace: 'default', name: 'main' });

let t: TestApi;
beforeAll(async () => {
  t = await startTestApi();
  await declare(t.resources, {
    apiVersion: API_VERSION,
    kind: 'Repository',
    metadata: { name: 'main', namespace: 'default' },
    spec: { url: 'https://git.example.com/data.git' },
  });
  t.controller.plan = {
    hash: 'd'.repeat(64),
    revision: 'abc',
    changes: [
      {
        resource: 'Pipeline/default/orders',
        id: 'pl_x',
        action: 'update',
        effect: 'restart',
        paths: ['spec.schedule'],
        at: 'pipelines/orders.yaml:1',
      },
      { resource: 'Pipeline/team-a/old', id: 'pl_y', action: 'delete', effect: 'destructive', paths: [] },
    ],
    errors: [{ code: 'invalid_yaml', message: 'not YAML', at: 'pipelines/bad.yml:3:1' }],
    blocked: { code: 'prune_blocked', message: 'would delete 6 of 7' },
  };
});
afterAll(() => t.close());
beforeEach(() => {
  t.controller.planned.length = 0;
});

const DOCUMENTS = `apiVersion: ${API_VERSION}
kind: Pipeline
metadata: {name: a}
spec: {}
---
kind: Pipeline
metadata: {name: b}
`;

test.each([
  [{ repository: 'main' }, { repositoryId, revision: undefined }],
  [
    { repository: repositoryId, ref: 'feature/x' },
    { repositoryId, revision: 'feature/x' },
  ],
])('a revision: %j', async (body, asked) => {
  const answer = await t.client.post('/v1/plan', body);
  expect(answer.status).toBe(200);
  expect(t.controller.planned).toEqual([asked]);
  expect(answer.body()).toMatchObject({
    hash: 'd'.repeat(64),
    revision: 'abc',
    summary: { create: 0, update: 1, delete: 1 },
    changes: [
      { effect: 'restart', paths: ['spec.schedule'] },
      { effect: 'destructive', at: null },
    ],
    errors: [{ file: 'pipelines/bad.yml', line: 3 }],
    blocked: { code: 'prune_blocked' },
  });
});

test.each([
  ['several YAML documents', DOCUMENTS, 'application/yaml'],
  ['one YAML document', 'kind: Pipeline\nmetadata: {name: a}\n', 'text/yaml; charset=utf-8'],
  ['a JSON resource', JSON.stringify({ apiVersion: API_VERSION, kind: 'Pipeline' }), 'application/json'],
  ['a JSON list', '[{"kind": "Pipeline"}]', 'application/json'],
])('%s', async (_what, text, type) => {
  const answer = await t.client.call('POST', '/v1/plan?workspace=team-b', {
    body: text,
    headers: { 'content-type': type },
  });
  expect(answer.status).toBe(200);
  expect(t.controller.planned).toEqual([{ text, namespace: 'team-b' }]);
});

test.each([
  [{ repository: 'main', reff: 'x' }, 400, 'invalid_request'],
  [{ repository: '' }, 400, 'invalid_request'],
  [{}, 400, 'invalid_request'],
  [{ repository: 'none' }, 404, 'not_found'],
])('%j is refused', async (body, status, code) => {
  expect((await t.client.post('/v1/plan', body)).body()).toMatchObject({ status, code });
  expect(t.controller.planned).toEqual([]);
});

test('no body, and no YAML', async () => {
  expect((await t.client.post('/v1/plan')).status).toBe(400);
  const headers = { 'content-type': 'application/yaml' };
  const answer = await t.client.call('POST', '/v1/plan', { body: 'a: [1, 2\nb: }', headers });
  expect(answer.body()).toMatchObject({ status: 400, code: 'invalid_yaml' });
});

test('a plan that reaches into other workspaces is not shown', async () => {
  const client = await t.as({ scopes: ['read'], workspaces: ['default'] });
  const answer = await client.post('/v1/plan', { repository: 'main' });
  expect(answer.status).toBe(403);
  expect(answer.text).not.toContain('team-a');
});

test('documents of other workspaces are not compared with what is live there', async () => {
  const client = await t.as({ scopes: ['read'], workspaces: ['team-b'] });
  const [changes, before] = [t.controller.plan.changes, t.controller.plan];
  t.controller.plan = { ...before, changes: [] };
  const document = (namespace: string) =>
    `apiVersion: ${API_VERSION}\nkind: Connection\nmetadata: {name: shop, namespace: ${namespace}}\nspec: {connector: file}\n`;
  const plan = (text: string) =>
    client.call('POST', '/v1/plan', { body: text, headers: { 'content-type': 'application/yaml' } });
  expect((await plan(`${document('team-b')}---\n${document('team-a')}`)).status).toBe(403);
  expect(t.controller.planned).toEqual([]);
  expect((await plan(document('team-b'))).status).toBe(200);
  t.controller.plan = { ...before, changes };
});
