/** The worked example of docs/connectors.md, against a server that answers as it says. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { isKind } from '../../../crds/index.ts';
import { parseFile } from '../../../crds/parse.ts';
import { testContext } from '../../../test/connector-context.ts';
import { startHttpServer, type TestHttpServer } from '../../../test/servers/http.ts';
import { inTurn, json } from '../../../test/servers/http-behaviours.ts';
import { installation, type Installation } from '../../engine/testing.ts';
import type { Connector, StreamRecord } from '../../ports.ts';
import { checkSettings, resolveSettings } from '../../settings.ts';
import { declaredConnector } from './connector.ts';

let server: TestHttpServer;
let engine: Installation;
let helpdesk: Connector;
let resources: ReturnType<typeof parseFile>['documents'];

beforeEach(async () => {
  const page = await readFile(join(import.meta.dirname, '../../../docs/connectors.md'), 'utf8');
  const yaml = /<!-- tested: docs\/connectors -->\s+```yaml\n([\s\S]*?)```/.exec(page)![1]!;
  const { documents, errors } = parseFile(Buffer.from(yaml), 'connectors.md');
  expect(errors).toEqual([]);
  resources = documents;
  const [{ resource }] = documents as [(typeof documents)[number]];
  if (!isKind('Connector', resource)) throw new Error('the first document is no Connector');
  helpdesk = declaredConnector('helpdesk', resource.spec);
  server = await startHttpServer();
  engine = await installation();
});
afterEach(async () => {
  await engine.close();
  await server.close();
});

const settings = () => ({ token: 'hush', baseUrl: server.url });
const ticket = (id: number, updated_at: string) => ({ id, subject: `No ${id}`, updated_at });
const event = (id: string, type: string, row: StreamRecord['row']): StreamRecord => ({
  row,
  event: { id, type, key: null, receivedAt: 0, replay: null },
});

async function write(records: readonly StreamRecord[]) {
  const resolved = resolveSettings(helpdesk, settings(), { pointer: '' });
  const request = { mode: 'append' as const, key: [], include: [], pipelineId: 'pl_1' };
  const writer = await helpdesk.destination!(resolved, testContext()).stream!(request);
  try {
    return await writer.write(records, new AbortController().signal);
  } finally {
    await writer.close();
  }
}

test('the connection fits the connector', () => {
  const { resource } = resources[1]!;
  if (!isKind('Connection', resource)) throw new Error('the second document is no Connection');
  expect(checkSettings(helpdesk, resource.spec.settings ?? {}, { pointer: '' }).issues).toEqual([]);
  expect(resources).toHaveLength(3);
});

test('reads what is new, over all pages and past a quota', async () => {
  const page = (data: object[], next: string | null) => json({ data, meta: { next } });
  server.on(
    '/tickets',
    inTurn(
      page([ticket(1, '2024-02-01T00:00:00Z'), ticket(2, '2024-02-02T00:00:00Z')], 'x'),
      json({ code: 'quota' }, {}, 403),
      page([ticket(3, '2024-02-03T00:00:00Z')], null),
    ),
  );
  const pipeline = {
    sources: [
      { connector: 'helpdesk', stream: 'tickets', settings: settings(), incremental: { cursor: 'updated_at' } },
    ],
    destinations: [{ connector: 'file', settings: { path: 'out.json', format: 'ndjson' }, mode: 'append' as const }],
  };
  const spec = helpdesk.manifest!;
  const withManifest = { ...pipeline, sources: pipeline.sources.map((source) => ({ ...source, manifest: spec })) };
  const outcome = await engine.run(withManifest);
  expect(outcome).toMatchObject({ status: 'success', rowsLoaded: 3 });
  const queries = server.requests.map(({ query }) => Object.fromEntries(query));
  expect(queries).toEqual([
    { sort: 'updated_at', limit: '2' },
    { sort: 'updated_at', limit: '2', cursor: 'x' },
    { sort: 'updated_at', limit: '2', cursor: 'x' },
  ]);
  expect(server.requests[0]!.headers['authorization']).toBe('Bearer hush');
});

test('opens and closes tickets by the types of events', async () => {
  server.on('/tickets', json({}, {}, 201));
  server.on('/tickets/close', json({ errors: [{ position: 1, text: 'no such ticket' }] }));
  const result = await write([
    event('ev_1', 'complaint.late', { subject: 'Late' }),
    event('ev_2', 'ticket.closed', { id: 7, by: 'Ann' }),
    event('ev_3', 'ticket.closed', { id: 8, by: 'Bob' }),
    event('ev_4', 'order.created', {}),
  ]);
  expect(result.failed).toEqual([
    { index: 2, reason: 'no such ticket', retryable: false },
    { index: 3, reason: "the connector has no action for events of type 'order.created'", retryable: false },
  ]);
  const [opened, closed] = server.requests;
  expect(JSON.parse(opened!.body)).toEqual({ subject: 'Late', tags: ['complaint.late', 'api'] });
  expect(opened!.headers['idempotency-key']).toBe('ev_1-open-ticket');
  expect(JSON.parse(closed!.body)).toEqual({
    tickets: [
      { id: 7, reason: 'closed by Ann' },
      { id: 8, reason: 'closed by Bob' },
    ],
  });
});
