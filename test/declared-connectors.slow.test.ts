/** A connector that a repository declares for itself, from the commit to the data. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createRepository, type TestRepository } from './servers/git.ts';
import { startHttpServer, type TestHttpServer } from './servers/http.ts';
import { json } from './servers/http-behaviours.ts';
import { eventually, startTestServer, type TestServer } from './server.ts';

let repository: TestRepository;
let api: TestHttpServer;
let server: TestServer;

beforeEach(async () => {
  repository = await createRepository();
  api = await startHttpServer();
});
afterEach(async () => {
  await server.stop();
  await api.close();
  await repository.remove();
});

const HEAD = 'apiVersion: headgate.dev/v1alpha1\n';
const connector = (path: string): string => `${HEAD}kind: Connector
metadata: {name: helpdesk}
spec:
  title: Helpdesk
  summary: Reads tickets and opens new ones.
  baseUrl: https://api.helpdesk.example.com
  settings:
    token: {description: The access token., secret: true, required: true}
  auth: {bearer: {token: '\${settings.token}'}}
  streams:
    - {name: tickets, path: ${path}, records: data}
  actions:
    - name: create-ticket
      path: tickets
      body: {subject: '\${record.subject}', source: '\${event == null ? "batch" : event.id}'}
`;
const connection = (): string => `${HEAD}kind: Connection
metadata: {name: desk}
spec:
  connector: helpdesk
  settings: {token: '\${env:DESK_TOKEN}', baseUrl: '${api.url}'}
`;
const READER = `${HEAD}kind: Pipeline
metadata: {name: tickets}
spec:
  source: {connection: desk, stream: tickets}
  destination: {connector: file, settings: {path: tickets.json, format: ndjson}}
`;
const WRITER = `${HEAD}kind: Pipeline
metadata: {name: complaints}
spec:
  source: {connector: events}
  destination: {connection: desk, stream: create-ticket}
  batch: {size: 10, interval: 50ms}
`;

async function synced(revision: string) {
  return eventually(`a sync of ${revision.slice(0, 7)}`, async () => {
    const records = await server.store.syncs.list(server.repositoryId!, 20);
    return records.find((record) => record.attemptedRevision === revision) ?? null;
  });
}

async function run(pipeline: string): Promise<string> {
  const answer = await server.api(`/v1/pipelines/${pipeline}/runs`, { method: 'POST' });
  expect(answer.status).toBe(202);
  const { id } = (await answer.json()) as { id: string };
  const ended = await eventually(`the end of ${pipeline}`, async () => {
    const record = await server.store.runs.get(id);
    return record !== null && record.finishedAt !== null ? record : null;
  });
  expect(ended).toMatchObject({ status: 'success', error: null });
  return readFile(join(server.dataDir, 'files', 'tickets.json'), 'utf8');
}

test('is read and written with; a change of it reaches its pipelines; it stays while it is used', async () => {
  api.on('/v1/tickets', json({ data: [{ id: 1 }] }));
  api.on('/v2/tickets', json({ data: [{ id: 2 }] }));
  api.on('/tickets', json({}, {}, 201));
  const files = { 'a.yaml': connection(), 'b.yaml': READER, 'c.yaml': connector('v1/tickets'), 'd.yaml': WRITER };
  const first = await repository.commit(files);
  server = await startTestServer(repository.dir, { env: { ...process.env, DESK_TOKEN: 'hush-hush' } });
  expect(await synced(first)).toMatchObject({ status: 'applied', errors: [] });
  expect(await run('tickets')).toBe('{"id":1}\n');
  expect(api.requests[0]!.headers['authorization']).toBe('Bearer hush-hush');

  const sent = await server.api('/v1/events', {
    method: 'POST',
    body: JSON.stringify({ pipeline_id: 'complaints', event_type: 'complaint', payload: { subject: 'late' } }),
    headers: { 'content-type': 'application/json' },
  });
  expect(sent.status).toBeLessThan(300);
  const ticket = await eventually(
    'the ticket',
    async () => api.requests.find(({ method }) => method === 'POST') ?? null,
  );
  expect(JSON.parse(ticket.body)).toMatchObject({ subject: 'late', source: expect.stringMatching(/^ev/) as string });

  const second = await repository.commit({ 'c.yaml': connector('v2/tickets') });
  expect(await synced(second)).toMatchObject({ status: 'applied' });
  expect(await run('tickets')).toBe('{"id":2}\n');

  await repository.git('rm', '-q', 'c.yaml');
  await repository.git('commit', '-q', '-m', 'remove the connector');
  const third = await repository.git('rev-parse', 'HEAD');
  const refused = await synced(third);
  expect(refused).toMatchObject({ status: 'partial', changes: [] });
  expect(refused.errors).toMatchObject([
    {
      code: 'reference_not_found',
      at: 'a.yaml:5:14',
      message: expect.stringContaining("there is no connector 'helpdesk'"),
    },
  ]);
  expect(await run('tickets')).toBe('{"id":2}\n');
});
