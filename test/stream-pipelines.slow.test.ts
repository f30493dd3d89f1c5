/** Stream pipelines through the whole house: a commit, a request, the runner, the destination, and what changes on the way. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { resourceId } from '../foundation/ids.ts';
import { createRepository, type TestRepository } from './servers/git.ts';
import { startHttpServer, type TestHttpServer } from './servers/http.ts';
import { eventually, startTestServer, type TestServer } from './server.ts';
import { childrenOf } from './slow/events/processes.ts';

const ID = resourceId({ kind: 'Pipeline', namespace: 'default', name: 'orders' });
const TO_FILE = '{connector: file, settings: {path: out.ndjson}}';

let repository: TestRepository;
let server: TestServer;
let http: TestHttpServer | null;

beforeEach(async () => {
  repository = await createRepository();
  http = null;
});
afterEach(async () => {
  await server?.stop();
  await http?.close();
  await repository.remove();
});

interface Declared {
  readonly transforms?: string;
  readonly destination?: string;
  readonly more?: string;
  readonly annotations?: string;
}

const CONNECTION = (enabled: boolean): string => `apiVersion: headgate.dev/v1alpha1
kind: Connection
metadata: {name: lake}
spec: {connector: file, enabled: ${enabled}, settings: {path: out.ndjson}}
`;
const TO_CONNECTION = '{connection: lake}';
const GENERATOR = '{connector: generator, settings: {rows: 1}, stream: orders}';

const orders = ({ transforms = '[]', destination = TO_FILE, more = '', annotations = '{}' }: Declared = {}): string =>
  `apiVersion: headgate.dev/v1alpha1
kind: Pipeline
metadata: {name: orders, annotations: ${annotations}}
spec:
  source: {connector: events}
  transforms: ${transforms}
  destination: ${destination}
  batch: {size: 10, interval: 20ms}
  retry: {attempts: 3, initial: 20ms, max: 100ms}
${more}`;

async function serve(yaml: string): Promise<void> {
  await repository.commit({ 'orders.yaml': yaml });
  server = await startTestServer(repository.dir);
  await phase('active');
}

async function view(): Promise<Record<string, unknown> | null> {
  const answer = await server.api('/v1/pipelines/orders');
  return answer.status === 404 ? null : ((await answer.json()) as Record<string, unknown>);
}

const phase = (wanted: string): Promise<unknown> =>
  eventually(`the pipeline to be ${wanted}`, async () => (await view())?.['status'] === wanted);

async function revisionIsLive(status = 'active'): Promise<void> {
  const head = await repository.git('rev-parse', 'HEAD');
  await eventually('the revision to be live', async () => {
    const now = await view();
    return now?.['revision'] === head && now['status'] === status;
  });
}

/** Whether a runner has the right to deliver its events. */
async function isDelivered(): Promise<boolean> {
  const { events } = server.store;
  const lease = await events.acquire(ID, 'nobody', 1000);
  if (lease !== null) await events.release(lease);
  return lease === null;
}

async function pause(): Promise<void> {
  await server.api('/v1/pipelines/orders/pause', { method: 'POST' });
  await phase('paused');
}

const resume = (): Promise<Response> => server.api('/v1/pipelines/orders/resume', { method: 'POST' });

/** Sends `count` numbered events in one request; answers their ids. */
async function send(from: number, count: number): Promise<readonly string[]> {
  const events = Array.from({ length: count }, (_, index) => ({
    pipeline_id: 'orders',
    event_type: 'order.created',
    payload: { n: from + index },
  }));
  const answer = await post(events);
  expect(answer.status).toBe(200);
  const { data } = (await answer.json()) as { data: { event_id: string }[] };
  return data.map((item) => item.event_id);
}

const post = (body: unknown): Promise<Response> =>
  server.api('/v1/events', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });

async function delivered(): Promise<Record<string, unknown>[]> {
  const text = await readFile(join(server.dataDir, 'files/out.ndjson'), 'utf8').catch(() => '');
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

const arrived = (count: number): Promise<Record<string, unknown>[]> =>
  eventually(`${count} events at the destination`, async () => {
    const rows = await delivered();
    return rows.length >= count ? rows : null;
  });

const numbers = (rows: readonly Record<string, unknown>[]): unknown[] => rows.map((row) => row['n']);
const upTo = (count: number): number[] => Array.from({ length: count }, (_, n) => n);

describe('a stream', () => {
  it('brings events from a request to the destination, and tells what became of them', async () => {
    await serve(orders({ transforms: '[filter: n != 1, set: {twice: n * 2, type: event.type}]' }));
    const ids = await send(0, 3);
    expect(await arrived(2)).toEqual([
      { n: 0, twice: 0, type: 'order.created' },
      { n: 2, twice: 4, type: 'order.created' },
    ]);
    const event = await eventually('the event to be delivered', async () => {
      const shown = (await (await server.api(`/v1/events/${ids[0]}`)).json()) as Record<string, unknown>;
      return shown['status'] === 'delivered' ? shown : null;
    });
    expect(event).toMatchObject({ payload: { n: 0 }, revision: await repository.git('rev-parse', 'HEAD') });
    expect(await view()).toMatchObject({ events_last_24h: 3, events: { lag: 0 } });
  });

  it('changes over to a new definition between two events', async () => {
    await serve(orders({ transforms: '[set: {version: "1"}]' }));
    let sent = 0;
    const more = async (): Promise<void> => {
      await send(sent, 25);
      sent += 25;
    };
    await more();
    await arrived(25);
    await repository.commit({ 'orders.yaml': orders({ transforms: '[set: {version: "2"}]' }) });
    const head = await repository.git('rev-parse', 'HEAD');
    await eventually('the new revision', async () => {
      await more();
      return (await view())?.['revision'] === head;
    });
    await more();
    await eventually('the new definition to be at work', async () => (await delivered()).at(-1)?.['version'] === 2);
    const rows = await arrived(sent);
    expect(numbers(rows)).toEqual(upTo(sent));
    const versions = rows.map((row) => row['version'] as number);
    expect(versions).toEqual(versions.toSorted((a, b) => a - b));
    expect(new Set(versions)).toEqual(new Set([1, 2]));
  });

  it('keeps running through a change that is only about words', async () => {
    await serve(orders());
    await send(0, 1);
    await arrived(1);
    const [host] = hosts();
    await repository.commit({ 'orders.yaml': orders({ more: '  description: other words\n' }) });
    await revisionIsLive();
    await send(1, 1);
    expect(numbers(await arrived(2))).toEqual([0, 1]);
    expect(hosts()).toEqual([host]);
  });

  it('goes on after its host was killed', async () => {
    await serve(orders());
    await send(0, 10);
    await arrived(10);
    process.kill(hosts()[0]!, 'SIGKILL');
    await send(10, 10);
    // The batch that was under way may have come twice.
    const distinct = await eventually('all of them', async () => {
      const found = new Set(numbers(await delivered()));
      return found.size >= 20 ? found : null;
    });
    expect(distinct).toEqual(new Set(upTo(20)));
  });

  it('ends when its pipeline becomes a batch pipeline, and goes on where it was when that is taken back', async () => {
    await serve(orders());
    await send(0, 2);
    await arrived(2);
    await pause();
    await send(2, 2);
    const asBatch = orders().replace('{connector: events}', GENERATOR);
    await repository.commit({ 'orders.yaml': asBatch });
    await revisionIsLive('paused');
    await resume();
    await phase('active');
    const answer = await post({ pipeline_id: 'orders', event_type: 'a', payload: {} });
    expect(answer.status).toBe(409);
    expect(await answer.json()).toMatchObject({ code: 'events_not_accepted' });
    expect(await view()).toMatchObject({ events: { lag: 2 } });
    await repository.commit({ 'orders.yaml': orders() });
    expect(numbers(await arrived(4))).toEqual(upTo(4));
  });

  it('is not blamed for a run that failed while it was a batch pipeline', async () => {
    const broken = orders({ transforms: '[cast: {order_id: date}]' }).replace('{connector: events}', GENERATOR);
    await serve(broken);
    await server.api('/v1/pipelines/orders/run', { method: 'POST' });
    await phase('error');
    await repository.commit({ 'orders.yaml': orders() });
    await phase('active');
  });

  it('never counts as failed while it starts or changes', async () => {
    await repository.commit({ 'orders.yaml': orders() });
    server = await startTestServer(repository.dir);
    const seen = new Set<unknown>();
    const watch = async (): Promise<boolean> => {
      const now = await view();
      seen.add(now?.['status']);
      return (now?.['conditions'] as { reason: string }[] | undefined)?.[0]?.reason === 'Ready';
    };
    await eventually('the stream to run', watch);
    expect(seen).not.toContain('error');
  });

  it('ends while one of its connections is disabled', async () => {
    await repository.commit({ 'lake.yaml': CONNECTION(true) });
    await serve(orders({ destination: TO_CONNECTION }));
    await send(0, 1);
    await arrived(1);
    await repository.commit({ 'lake.yaml': CONNECTION(false) });
    await phase('error');
    await send(1, 1);
    expect(await isDelivered()).toBe(false);
    await repository.commit({ 'lake.yaml': CONNECTION(true) });
    expect(numbers(await arrived(2))).toEqual([0, 1]);
  });

  it('that is being changed over to another definition keeps no server from ending', async () => {
    const { promise: never, resolve: end } = Promise.withResolvers<void>();
    http = await startHttpServer({ '/': () => never });
    const destination = `{connector: http, settings: {url: "${http.url}"}}`;
    await serve(orders({ destination }));
    await send(0, 1);
    await eventually('the request', async () => http!.requests.length > 0);
    await repository.commit({ 'orders.yaml': orders({ destination, transforms: '[set: {a: "1"}]' }) });
    await revisionIsLive();
    const before = performance.now();
    await server.close(500);
    expect(performance.now() - before).toBeLessThan(8000);
    end();
  });
});

describe('a paused stream', () => {
  it('accepts events and delivers them when it is resumed', async () => {
    await serve(orders());
    await send(0, 2);
    await arrived(2);
    await pause();
    await send(2, 2);
    expect(await view()).toMatchObject({ events: { lag: 2 } });
    expect(await delivered()).toHaveLength(2);
    await resume();
    expect(numbers(await arrived(4))).toEqual(upTo(4));
  });

  it('stops also where its definition cannot be put together any more', async () => {
    await repository.commit({ 'lake.yaml': CONNECTION(true) });
    await serve(orders({ destination: TO_CONNECTION }));
    await send(0, 1);
    await arrived(1);
    await server.resources.apply([
      { action: 'delete', ref: { kind: 'Connection', namespace: 'default', name: 'lake' } },
    ]);
    await phase('error');
    // What was last good keeps running.
    await send(1, 1);
    await arrived(2);
    await pause();
    await eventually('the stream to end', async () => !(await isDelivered()));
  });

  it('refuses them where that is declared', async () => {
    await serve(orders({ more: '  delivery: {whenPaused: refuse}\n' }));
    await pause();
    const answer = await post({ pipeline_id: 'orders', event_type: 'a', payload: {} });
    expect(answer.status).toBe(409);
    expect(await answer.json()).toMatchObject({ code: 'events_not_accepted' });
  });
});

describe('a deleted stream', () => {
  /** Serves `orders` to a destination that is down, with three events accepted. */
  async function serveStuck(
    annotations?: string,
  ): Promise<{ ids: readonly string[]; open: () => void; got: unknown[] }> {
    let isOpen = false;
    const got: unknown[] = [];
    http = await startHttpServer({
      '/': (request, response) => {
        if (!isOpen) return void response.writeHead(503).end();
        got.push(JSON.parse(request.body));
        response.writeHead(204).end();
      },
    });
    const destination = `{connector: http, settings: {url: "${http.url}"}}`;
    await serve(orders({ destination, ...(annotations === undefined ? {} : { annotations }) }));
    const ids = await send(0, 3);
    await eventually('the destination to be found down', async () => (await view())?.['status'] === 'error');
    return { ids, open: () => (isOpen = true), got };
  }

  it('takes no more events, delivers what it has, and goes', async () => {
    const { ids, open, got } = await serveStuck();
    await repository.commit({ 'orders.yaml': null, 'other.yaml': '# nothing\n' });
    await phase('draining');
    const answer = await post({ pipeline_id: 'orders', event_type: 'a', payload: {} });
    expect(answer.status).toBe(409);
    open();
    await eventually('the pipeline to be gone', async () => (await view()) === null);
    expect(got).toEqual([{ n: 0 }, { n: 1 }, { n: 2 }]);
    expect(await server.store.events.get(ids[0]!)).toBeNull();
    expect(await server.store.events.pipelines()).toEqual([]);
  });

  it('goes at once where it is a batch pipeline by then, which delivers no events', async () => {
    const { ids } = await serveStuck();
    await repository.commit({ 'orders.yaml': orders().replace('{connector: events}', GENERATOR) });
    await revisionIsLive();
    await repository.commit({ 'orders.yaml': null, 'other.yaml': '# nothing\n' });
    await eventually('the pipeline to be gone', async () => (await view()) === null);
    expect(await server.store.events.get(ids[0]!)).toBeNull();
  });

  it('keeps its history where that is declared', async () => {
    const { ids, open } = await serveStuck('{headgate.dev/keep-history: "true"}');
    await repository.commit({ 'orders.yaml': null, 'other.yaml': '# nothing\n' });
    open();
    await eventually('the pipeline to be gone', async () => (await view()) === null);
    expect(await server.store.events.get(ids[2]!)).toMatchObject({ status: 'delivered', pipelineId: ID });
  });
});

describe('a stream that cannot be', () => {
  it.each<[string, string, string]>([
    ['a schedule', orders({ more: '  schedule: "0 * * * *"\n' }), '/spec/schedule'],
    ['a transform of batches', orders({ transforms: '[sql: select 1]' }), '/spec/transforms/0'],
    ['overwriting', orders({ destination: '{connector: file, settings: {path: a.ndjson}, mode: overwrite}' }), '/mode'],
    [
      'one place twice',
      orders().replace(`destination: ${TO_FILE}`, `destinations: [${TO_FILE}, ${TO_FILE}]`),
      '/spec/destinations/1',
    ],
    [
      'two sources',
      orders().replace(
        'source: {connector: events}',
        'sources: [{name: a, connector: events}, {name: b, connector: events}]',
      ),
      '/spec/sources/1',
    ],
  ])('is refused by the sync for %s', async (_, yaml, pointer) => {
    await repository.commit({ 'orders.yaml': yaml });
    server = await startTestServer(repository.dir);
    const sync = await eventually(
      'the sync',
      async () => (await server.store.syncs.list(server.repositoryId!, 1))[0] ?? null,
    );
    expect(sync.errors).toMatchObject([{ at: expect.stringMatching(/^orders\.yaml:\d+:\d+$/) as string }]);
    expect(JSON.stringify(sync.errors)).toContain(pointer);
  });
});

/** Stream hosts of this process, by process id. */
function hosts(): readonly number[] {
  return childrenOf(process.pid)
    .filter(({ command }) => command.includes('runner/host.ts'))
    .map(({ pid }) => pid);
}
