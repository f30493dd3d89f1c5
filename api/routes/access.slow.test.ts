import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { API_VERSION, type Resource } from '../../crds/index.ts';
import { newId, resourceId } from '../../foundation/ids.ts';
import { SCOPES } from '../../store/ports.ts';
import { v1 } from '../presenters/v1.ts';
import { pathsOf } from '../route.ts';
import { createClient, type Answer, type Client } from '../testing/client.ts';
import { addEvents } from '../testing/events.ts';
import { declare, pipeline, startTestApi, type TestApi } from '../testing/harness.ts';
import { addRun, finishRun, startRun } from '../testing/runs.ts';
import { pipelineId, stream } from '../testing/stream.ts';
import { hashToken } from '../tokens.ts';
import { createRoutes } from './index.ts';

/** Every path of every route that asks for a scope. */
const CALLS = createRoutes([v1], '0')
  .filter((route) => route.scope !== null)
  .flatMap((route) =>
    pathsOf(route).map((path) => ({ name: `${route.method} ${path}`, path, route, scope: route.scope! })),
  );
type Call = (typeof CALLS)[number];

const SECRET = 'only-the-owners-of-default-know';
const OWN = { Connection: 'lake', Pipeline: 'orders', Repository: 'main' } as const;
const STREAM = 'events-of-default';
const DECLARED = {
  name: OWN.Pipeline,
  source: { connector: 'file', settings: { path: 'in.csv' } },
  destination: { connector: 'file', settings: { path: 'out.csv' } },
};
const BODIES: Readonly<Record<string, unknown>> = {
  createPipeline: { ...DECLARED, name: 'new' },
  updatePipeline: DECLARED,
  patchPipeline: { description: 'x' },
  createIntegration: { service: 'file', name: 'new' },
  updateIntegration: { service: 'file', name: OWN.Connection },
  patchIntegration: { enabled: true },
  putSecret: { values: { key: 'value' } },
  createEvent: { pipeline_id: STREAM, event_type: 'a', payload: {} },
  createReplay: { pipeline_id: pipelineId(STREAM), dead_letters: true },
  filterEvents: { pipeline_id: pipelineId(STREAM) },
  makePlan: { repository: 'main' },
  createToken: { name: 'x', scopes: ['read'] },
};

let t: TestApi;
let runId: string;
let tokenId: string;
let eventId: string;
let replayId: string;
const clients = new Map<string, Client>();
let invalid: readonly Client[];

beforeAll(async () => {
  t = await startTestApi({ limits: { cancelWaitMs: 1 } });
  const metadata = { namespace: 'default' };
  const connection: Resource = {
    apiVersion: API_VERSION,
    kind: 'Connection',
    metadata: { ...metadata, name: OWN.Connection },
    spec: { connector: 'file', title: SECRET },
  };
  const repository: Resource = {
    apiVersion: API_VERSION,
    kind: 'Repository',
    metadata: { ...metadata, name: OWN.Repository },
    spec: { url: `https://git.example.com/${SECRET}.git` },
  };
  await declare(t.resources, pipeline(OWN.Pipeline, { title: SECRET }), connection, repository);
  await declare(t.resources, stream(STREAM));
  [eventId] = (await addEvents(t, STREAM, [{ payload: JSON.stringify({ word: SECRET }) }])) as [string];
  replayId = newId('rpl');
  await t.store.events.createReplay({
    id: replayId,
    pipelineId: pipelineId(STREAM),
    selection: { kind: 'dead-letters' },
    eventsPerSecond: 1,
    createdBy: SECRET,
    createdAt: t.time.now,
  });
  runId = newId('run');
  await addRun(t.store, { id: runId, variables: { WORD: SECRET } });
  await startRun(t.store, runId);
  await t.store.runs.appendLogs(runId, [{ at: 1, level: 'info', message: SECRET }]);
  await mkdir(join(t.dataDir, 'runs', runId), { recursive: true });
  const outputFile = join(t.dataDir, 'runs', runId, 'output.parquet');
  await writeFile(outputFile, SECRET);
  await finishRun(t.store, runId, { outputFile, outputFileSize: SECRET.length });
  const revoked = await t.as({ scopes: ['admin'] });
  await t.store.tokens.revoke((await t.store.tokens.findByHash(hashToken(revoked.token)))!.id, t.time.now);
  const expired = await t.as({ scopes: ['admin'], expiresAt: t.time.now });
  tokenId = (await t.store.tokens.findByHash(hashToken(expired.token)))!.id;
  invalid = [createClient(t.api.url, ''), createClient(t.api.url, 'hg_test_none'), revoked, expired];
  for (const scope of SCOPES) {
    clients.set(scope, await t.as({ scopes: [scope] }));
    clients.set(`${scope} elsewhere`, await t.as({ scopes: [scope], workspaces: ['team-b', 'team-c'] }));
  }
});
afterAll(() => t.close());

function pathOf({ path }: Pick<Call, 'path'>, by: 'id' | 'name'): string {
  const ofEvents = path.startsWith('/events/replays') ? replayId : /^(\/integrations)?\/events\//.test(path) && eventId;
  const kind = path.startsWith('/repositories')
    ? 'Repository'
    : path.startsWith('/integrations')
      ? 'Connection'
      : 'Pipeline';
  const id = path.startsWith('/tokens')
    ? tokenId
    : typeof ofEvents === 'string'
      ? ofEvents
      : by === 'name'
        ? OWN[kind]
        : resourceId({ kind, namespace: 'default', name: OWN[kind] });
  return `/v1${path.replace('{id}', id).replace('{run_id}', runId).replace('{name}', 'warehouse')}`;
}

const send = (client: Client, call: Call, by: 'id' | 'name' = 'id', query = ''): Promise<Answer> =>
  client.call(call.route.method, pathOf(call, by) + query, { body: BODIES[call.route.id] });

describe.each(CALLS)('$name', (call) => {
  test('without a valid token: 401', async () => {
    for (const client of invalid) {
      const answer = await send(client, call);
      expect(answer.status).toBe(401);
      expect(answer.text).not.toContain(SECRET);
    }
  });

  test('each scope: its own and `admin` pass, the others are told what they lack', async () => {
    for (const scope of SCOPES) {
      const answer = await send(clients.get(scope)!, call);
      if (scope === call.scope || scope === 'admin') {
        expect([401, 403]).not.toContain(answer.status);
      } else {
        expect(answer.status).toBe(403);
        expect(answer.body()['detail']).toBe(`the token lacks the scope '${call.scope}'`);
      }
    }
  });

  test('with a token for other workspaces nothing of this one is seen or touched', async () => {
    const before = await everything();
    for (const scope of [call.scope, 'admin'] as const) {
      const client = clients.get(`${scope} elsewhere`)!;
      for (const by of ['id', 'name'] as const) {
        const answer = await send(client, call, by);
        expect(answer.text).not.toContain(SECRET);
        const refused = call.path.includes('{') || (call.scope === 'admin' && call.path !== '/audit');
        if (refused) expect([403, 404]).toContain(answer.status);
        if (call.route.query?.properties['workspace'] === undefined) continue;
        const asked = await send(client, call, by, '?workspace=default');
        expect([403, 404]).toContain(asked.status);
        expect(asked.text).not.toContain(SECRET);
      }
    }
    expect(await everything()).toEqual(before);
  });
});

/** What a call could have changed, but for the last use of tokens. */
async function everything(): Promise<unknown> {
  const tokens = (await t.store.tokens.list()).map((token) => ({ ...token, lastUsedAt: null }));
  const { runs, syncs, events, secrets } = t.store;
  return [
    await secrets.list(),
    t.controller.writes.length,
    await runs.list({ limit: 100 }),
    await syncs.requests(),
    await t.resources.list(),
    tokens,
    await events.get(eventId),
    await events.replays(pipelineId(STREAM)),
    await events.stats([pipelineId(STREAM)], t.time.now),
  ];
}
