/** Two servers with data folders of their own share one Redis: each takes events and shows all, one of them delivers. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { newId, resourceId } from '../foundation/ids.ts';
import type { NewRun } from '../store/ports.ts';
import { createRepository, type TestRepository } from './servers/git.ts';
import { startHttpServer, type TestHttpServer } from './servers/http.ts';
import { redisMissing, startRedis, type RedisServer } from './servers/redis.ts';
import { eventually, startTestServer, type TestServer } from './server.ts';

const TOKEN = 'administrator-of-both-servers';

const newRun = (pipeline: string): NewRun => ({
  id: newId('run'),
  workspace: 'default',
  pipeline,
  pipelineId: resourceId({ kind: 'Pipeline', namespace: 'default', name: pipeline }),
  triggeredBy: 'manual',
  fullRefresh: false,
  dryRun: false,
  variables: {},
  createdAt: Date.now(),
});
const missing = await redisMissing();

describe.skipIf(missing !== null)(`two servers${missing === null ? '' : ` (skipped: ${missing})`}`, () => {
  let redis: RedisServer;
  let repository: TestRepository;
  let http: TestHttpServer;
  let received: number[];
  let servers: TestServer[];
  let store: string;

  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.stop());
  beforeEach(async () => {
    received = [];
    servers = [];
    repository = await createRepository();
    http = await startHttpServer({
      '/': (request, response) => {
        received.push((JSON.parse(request.body) as { n: number }).n);
        response.writeHead(204).end();
      },
    });
    await repository.commit({
      'orders.yaml': `apiVersion: headgate.dev/v1alpha1
kind: Pipeline
metadata: {name: orders}
spec:
  source: {connector: events}
  destination: {connector: http, settings: {url: "${http.url}"}}
  batch: {size: 10, interval: 20ms}
`,
      'ticks.yaml': `apiVersion: headgate.dev/v1alpha1
kind: Pipeline
metadata: {name: ticks}
spec:
  schedule: "* * * * * *"
  source: {connector: generator, settings: {rows: 1}, stream: orders}
  destination: {connector: stdout}
`,
    });
    store = redis.fresh();
    const options = { store, adminToken: TOKEN, leaseMs: 2000 };
    servers.push(await startTestServer(repository.dir, options), await startTestServer(repository.dir, options));
    for (const server of servers) await active(server);
  });
  afterEach(async () => {
    for (const server of servers) await server.stop();
    await http.close();
    await repository.remove();
  });

  const active = (server: TestServer): Promise<unknown> =>
    eventually(
      'the pipeline to be active',
      async () => {
        const answer = await server.api('/v1/pipelines/orders');
        return answer.ok && ((await answer.json()) as { status: string }).status === 'active';
      },
      30_000,
    );

  async function send(server: TestServer, from: number, count: number): Promise<string> {
    const events = Array.from({ length: count }, (_, n) => ({
      pipeline_id: 'orders',
      event_type: 'order.created',
      payload: { n: from + n },
    }));
    const answer = await server.api('/v1/events', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(events),
    });
    expect(answer.status).toBe(200);
    return ((await answer.json()) as { data: { id: string }[] }).data[0]!.id;
  }

  const upTo = (count: number): number[] => Array.from({ length: count }, (_, n) => n);
  const arrived = (count: number): Promise<unknown> =>
    eventually(`${count} events at the destination`, async () => received.length >= count, 30_000);

  it('deliver each event once, whichever of them took it, and show it both', async () => {
    const [one, other] = servers as [TestServer, TestServer];
    const id = await send(one, 0, 25);
    await send(other, 25, 25);
    await arrived(50);
    expect(received).toEqual(upTo(50));
    for (const server of servers) {
      const event = await eventually('the event to be delivered', async () => {
        const shown = (await (await server.api(`/v1/events/${id}`)).json()) as { status: string };
        return shown.status === 'delivered' ? shown : null;
      });
      expect(event).toMatchObject({ payload: { n: 0 } });
    }
  });

  it('take over from each other', async () => {
    const [one, other] = servers as [TestServer, TestServer];
    await send(one, 0, 10);
    await arrived(10);
    await one.stop();
    servers = [other];
    await send(other, 10, 10);
    await arrived(20);
    expect(received).toEqual(upTo(20));
  });

  it('make one run of each occurrence', async () => {
    const runs = await eventually(
      'four runs',
      async () => {
        const found = await servers[0]!.runsOf('ticks');
        return found.filter((run) => run.status === 'success').length >= 4 ? found : null;
      },
      30_000,
    );
    const instants = runs.map((run) => run.scheduledFor);
    expect(new Set(instants).size).toBe(instants.length);
  });

  it('leave runs alone whose pipelines they do not know', async () => {
    const [one, other] = servers as [TestServer, TestServer];
    const post = (server: TestServer, path: string): Promise<Response> => server.api(path, { method: 'POST' });
    for (const server of servers) expect((await post(server, '/v1/pipelines/ticks/pause')).status).toBe(200);
    // The run was asked for just before the pause.
    const asked = newRun('ticks');
    await one.store.runs.create(asked);
    await other.stop();
    servers = [one];
    const foreign = await createRepository();
    await foreign.commit({
      'tocks.yaml': `apiVersion: headgate.dev/v1alpha1
kind: Pipeline
metadata: {name: tocks}
spec:
  source: {connector: generator, settings: {rows: 1}, stream: orders}
  destination: {connector: stdout}
`,
    });
    const stranger = await startTestServer(foreign.dir, { store, adminToken: TOKEN, leaseMs: 2000 });
    servers.push(stranger);
    const run = await eventually('a run of its own', async () => {
      const answer = await post(stranger, '/v1/pipelines/tocks/run');
      return answer.ok ? ((await answer.json()) as { id: string }) : null;
    });
    await eventually('it to end', async () => (await one.store.runs.get(run.id))?.status === 'success', 30_000);
    expect((await one.store.runs.get(asked.id))?.status).toBe('pending');
    expect((await post(one, '/v1/pipelines/ticks/resume')).status).toBe(200);
    await eventually(
      'the other to end',
      async () => (await one.store.runs.get(asked.id))?.status === 'success',
      30_000,
    );
    await foreign.remove();
  });
});
