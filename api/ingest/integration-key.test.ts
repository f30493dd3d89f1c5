import { afterAll, beforeAll, expect, test } from 'vitest';
import { API_VERSION, type Resource } from '../../crds/index.ts';
import { resourceId } from '../../foundation/ids.ts';
import { createClient, type Client } from '../testing/client.ts';
import { declare, pipeline, startTestApi, type TestApi } from '../testing/harness.ts';
import { stream } from '../testing/stream.ts';
import { issueToken } from '../tokens.ts';

let t: TestApi;
let key: Client;

const connection = (name: string, namespace = 'default'): Resource => ({
  apiVersion: API_VERSION,
  kind: 'Connection',
  metadata: { name, namespace },
  spec: { connector: 'events' },
});
const fed = (name: string, from: string, namespace = 'default'): Resource =>
  pipeline(name, { source: { connection: from }, destination: { connector: 'stdout', settings: {} } }, { namespace });

beforeAll(async () => {
  t = await startTestApi();
  await declare(
    t.resources,
    connection('shop'),
    connection('other'),
    connection('shop', 'team-b'),
    fed('of-shop', 'shop'),
    fed('of-other', 'other'),
    fed('of-b', 'shop', 'team-b'),
    stream('inline'),
  );
  const { secret, record } = issueToken(
    {
      name: 'key of shop',
      environment: 'test',
      scopes: ['ingest', 'admin'],
      workspaces: null,
      expiresAt: null,
      integrationId: resourceId({ kind: 'Connection', namespace: 'default', name: 'shop' }),
    },
    t.time.now,
  );
  await t.store.tokens.create(record);
  key = createClient(t.api.url, secret);
});
afterAll(() => t.close());

const send = (pipelineName: string, workspace = 'default') =>
  key.post('/v1/events', { pipeline_id: pipelineName, workspace, event_type: 'a', payload: {} });

test('the key of a connection brings events to its pipelines, and to no others', async () => {
  expect((await send('of-shop')).status).toBe(200);
  for (const [name, workspace] of [['of-other'], ['inline'], ['of-b', 'team-b'], ['none']] as const) {
    expect((await send(name, workspace)).status).toBe(404);
  }
});

test('it does nothing else, whatever its scopes', async () => {
  for (const path of ['/v1/pipelines', '/v1/tokens', '/v1/audit', '/v1/events']) {
    expect((await key.get(path)).status).toBe(403);
  }
  expect((await key.post('/v1/pipelines/of-shop/pause')).status).toBe(403);
});
