/** The client against a served Headgate, also over a network that fails. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Fault } from '../../testing/faults.ts';
import { startLab, type Lab } from '../../testing/lab.ts';
import {
  AuthenticationError,
  ConflictError,
  ConnectionError,
  Headgate,
  NotFoundError,
  PermissionDeniedError,
  RateLimitError,
  ServerError,
  TimeoutError,
  WaitTimeoutError,
  type HeadgateOptions,
} from '../src/index.ts';

let lab: Lab;
/** Straight to the server. */
let client: Headgate;
/** Over the network that fails. */
let shaky: Headgate;
const clientOf = (options: HeadgateOptions = {}): Headgate =>
  new Headgate({ token: lab.token, baseUrl: lab.url, ...options });
const next = (...faults: Fault[]): void => void lab.proxy.faults.push(...faults);
const BUSY: Fault = {
  do: 'answer',
  status: 429,
  headers: { 'retry-after': '1', 'content-type': 'application/problem+json' },
  body: '{"code":"rate_limited","detail":"too much","hint":"wait","request_id":"req_x"}',
};
const AWAY: Fault = { do: 'answer', status: 503, body: '<h1>503</h1>' };

beforeAll(async () => {
  lab = await startLab();
  client = clientOf();
  shaky = clientOf({ baseUrl: lab.proxy.url });
});
afterAll(() => lab.close());
beforeEach(() => {
  lab.proxy.seen.length = 0;
  lab.proxy.faults.length = 0;
});

const order = (n: number) => ({ pipelineId: 'orders-stream', eventType: 'order.created', payload: { order_no: n } });

describe('pipelines and runs', () => {
  it('are listed, found, run and waited for', async () => {
    const names = (await client.pipelines.list().all()).map(({ name }) => name);
    expect(names).toEqual(['orders-stream', 'slow-export', 'user-analytics']);
    expect(await client.pipelines.list({ pageSize: 2 }).page()).toMatchObject({ hasMore: true, total: 3 });
    const pipeline = await client.pipelines.get('user-analytics');
    expect(pipeline).toMatchObject({ name: 'user-analytics', version: '1.0', status: 'active', batchSize: 100 });
    // What is the user's own keeps its keys.
    expect(pipeline.config).toMatchObject({ source: { settings: { rows: 892 } }, variables: { REGION: 'eu' } });

    const run = await client.pipelines.run('user-analytics', { fullRefresh: true, variables: { REGION: 'us' } });
    expect(run).toMatchObject({ pipeline: 'user-analytics', fullRefresh: true, triggeredBy: 'api' });
    const seen: string[] = [];
    const result = await run.wait({ timeout: 60_000, onProgress: ({ status }) => seen.push(status) });
    expect(result).toMatchObject({ id: run.id, status: 'success', rowsLoaded: 892, variables: { REGION: 'us' } });
    expect(seen.at(-1)).toBe('success');
    expect((await run.refresh()).status).toBe('success');

    const runs = await client.pipelines.runs('user-analytics', { limit: 10 }).all();
    expect(runs[0]!.id).toBe(run.id);
    const file = await client.runs.download(run.id, { format: 'csv' });
    expect((await file.text()).split('\n').filter(Boolean)).toHaveLength(893);
    const { logs } = await client.runs.logs(run.id);
    const lines: string[] = [];
    for await (const event of run.streamLogs()) if (event.event === 'log') lines.push(event.data.message);
    expect(logs.trimEnd().split('\n')).toHaveLength(lines.length);
  });

  it('wait no longer than they are told, and are cancelled', async () => {
    const run = await client.pipelines.run('slow-export');
    const late = await run.wait({ timeout: 300 }).catch((error: unknown) => error);
    expect(late).toBeInstanceOf(WaitTimeoutError);
    expect((late as WaitTimeoutError).run.id).toBe(run.id);
    await run.cancel();
    expect((await run.wait({ timeout: 60_000 })).status).toBe('cancelled');
  });
});

describe('definitions', () => {
  it('are changed through Git, with keys of settings as they are', async () => {
    const name = 'made-by-typescript';
    const settings = { path: 'made_here.ndjson' };
    const made = await client.pipelines.create({
      name,
      batchSize: 7,
      source: { connector: 'events' },
      destination: { connector: 'file', settings },
      labels: { 'acme.dev/cost_center': 'a_b' },
    });
    if (!('revision' in made) || !('batchSize' in made)) throw new Error(`not made: ${JSON.stringify(made)}`);
    expect(made).toMatchObject({ name, batchSize: 7, labels: { 'acme.dev/cost_center': 'a_b' } });
    const planned = await client.pipelines.patch(name, { batchSize: 8, dryRun: true });
    expect('changes' in planned && planned.changes).toMatchObject([{ action: 'update' }]);
    const changed = await client.pipelines.patch(name, { batchSize: 8 });
    expect(changed).toMatchObject({ name, batchSize: 8 });
    expect(await client.pipelines.get(name)).toMatchObject({ config: { destination: { settings } } });
    const again = client.pipelines.create({
      name,
      source: { connector: 'events' },
      destination: { connector: 'file', settings },
    });
    await expect(again).rejects.toThrow(ConflictError);
    expect(await client.pipelines.delete(name)).toMatchObject({ deleted: true });
    await expect
      .poll(() => client.pipelines.get(name).then(String, ({ code }: { code: string }) => code))
      .toBe('not_found');
  });
});

describe('events', () => {
  it('are sent with their keys untouched, and once however often the same key comes', async () => {
    const payload = { orderId: 'ord_1042', snake_case: { deep_er: [1, { a_b: null }] } };
    const event = { ...order(0), payload, idempotencyKey: 'evt-key-3f9c2a' };
    const [first, second] = [await client.emit(event), await client.emit(event)];
    expect(second.eventId).toBe(first.eventId);
    expect(first).toMatchObject({ pipelineId: lab.streamId, eventType: 'order.created', status: 'accepted' });
    expect((await client.events.get(first.eventId)).payload).toEqual(payload);
  });

  it('of a batch have their own results', async () => {
    const sent = await client.emitBatch([order(1), { ...order(2), pipelineId: 'nobody' }]);
    expect(sent).toMatchObject({ accepted: 1, rejected: 1, data: [{ status: 'accepted' }, { index: 1 }] });
  });

  it('of a huge list come page by page', async () => {
    const batch = Array.from({ length: 2500 }, (_, n) => ({ ...order(n), eventType: 'huge.list' }));
    for (let part = 0; part < 4; part += 1) await client.emitBatch(batch);
    const ids = new Set<string>();
    for await (const event of shaky.events.list({
      pipelineId: 'orders-stream',
      eventType: 'huge.list',
      pageSize: 1000,
    })) {
      ids.add(event.id);
    }
    expect(ids.size).toBe(10_000);
    expect(lab.proxy.seen.length).toBeGreaterThanOrEqual(10);
    next(AWAY);
    const some = await shaky.events.filter({ eventType: 'huge.list', limit: 1500 }).all();
    expect(some).toHaveLength(1500);
  });

  it('come live, also when the server is started anew in between', async () => {
    const patient = clientOf();
    const stop = new AbortController();
    const seen: number[] = [];
    const following = (async () => {
      const options = { signal: stop.signal };
      for await (const { data } of patient.events.stream({ pipelineId: 'orders-stream', eventType: 'live' }, options)) {
        seen.push(data.payload['order_no'] as number);
      }
    })();
    // Until the stream stands, what is sent comes before it.
    await expect
      .poll(async () => {
        await client.emit({ ...order(-1), eventType: 'live' });
        return seen.length;
      })
      .toBeGreaterThan(0);
    await client.emitBatch(Array.from({ length: 20 }, (_, n) => ({ ...order(n), eventType: 'live' })));
    await expect.poll(() => seen.includes(5)).toBe(true);
    await lab.restart();
    await client.emitBatch(Array.from({ length: 20 }, (_, n) => ({ ...order(20 + n), eventType: 'live' })));
    await expect.poll(() => seen.includes(39), { timeout: 30_000 }).toBe(true);
    expect(seen.filter((n) => n >= 0)).toEqual(Array.from({ length: 40 }, (_, n) => n));
    stop.abort(new Error('seen'));
    await expect(following).rejects.toThrow('seen');
  });
});

describe('a network that fails', () => {
  it('logs go on where they broke off', async () => {
    const run = await client.pipelines.run('user-analytics');
    await run.wait({ timeout: 60_000 });
    next({ do: 'cut', after: 200 }, { do: 'reset', when: 'before' }, AWAY);
    const ids: string[] = [];
    for await (const { event, id } of shaky.runs.streamLogs(run.id)) if (event === 'log') ids.push(id!);
    expect(ids).toEqual(ids.map((_, at) => String(at + 1)));
    expect(lab.proxy.seen.length).toBe(4);
    expect(lab.proxy.seen.at(-1)!.headers['last-event-id']).toBe(lab.proxy.seen.at(-2)!.headers['last-event-id']);
  });

  it('429 is waited for as long as it says', async () => {
    next(BUSY);
    const begin = performance.now();
    expect((await shaky.pipelines.get('user-analytics')).name).toBe('user-analytics');
    expect(performance.now() - begin).toBeGreaterThanOrEqual(1000);
    expect(lab.proxy.seen).toHaveLength(2);
  });

  it('429 that does not end, and one that asks for too much, are errors', async () => {
    next(BUSY, BUSY);
    const error = await shaky.pipelines.get('x', {}, { maxRetries: 1 }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(RateLimitError);
    expect(error).toMatchObject({ code: 'rate_limited', hint: 'wait', requestId: 'req_x', retryAfter: 1000 });
    next({ ...BUSY, headers: { 'retry-after': '86400' } });
    await expect(shaky.pipelines.get('x')).rejects.toThrow(RateLimitError);
  });

  it.each<[string, Fault]>([
    ['503', AWAY],
    ['a connection that breaks before the server hears of it', { do: 'reset', when: 'before' }],
    ['a connection that breaks before the server is heard', { do: 'reset', when: 'after' }],
    ['an answer that breaks off', { do: 'cut', after: 20 }],
  ])('%s: tried again, and done once', async (_name, fault) => {
    const before = await client.pipelines.runs('slow-export').all();
    next(fault);
    const run = await shaky.pipelines.run('slow-export');
    const after = await client.pipelines.runs('slow-export').all();
    expect(after.length).toBe(before.length + 1);
    const keys = lab.proxy.seen.map(({ headers }) => headers['idempotency-key']);
    expect(keys).toHaveLength(2);
    expect(new Set(keys).size).toBe(1);
    await client.runs.cancel(run.id);

    next(fault, fault);
    const sent = await shaky.emit({ ...order(1), eventType: `once.${run.id}` });
    const stored = await client.events.list({ pipelineId: 'orders-stream', eventType: `once.${run.id}` }).all();
    expect(stored.map(({ id }) => id)).toEqual([sent.id]);
  });

  it('no answer: tried again, and an error when nobody may', async () => {
    next({ do: 'hang' });
    expect((await shaky.pipelines.get('user-analytics', {}, { timeout: 300 })).name).toBe('user-analytics');
    next({ do: 'hang' });
    const once = { timeout: 300, maxRetries: 0 };
    await expect(shaky.pipelines.get('user-analytics', {}, once)).rejects.toThrow(TimeoutError);
  });

  it('nobody there, or somebody else', async () => {
    const nobody = clientOf({ baseUrl: 'http://127.0.0.1:9', maxRetries: 1 });
    await expect(nobody.pipelines.get('x')).rejects.toThrow(ConnectionError);
    next({ do: 'answer', status: 200, body: '<html>welcome</html>' });
    await expect(shaky.pipelines.get('x')).rejects.toThrow(/no JSON: is this address a Headgate server/);
    next({ do: 'answer', status: 500, body: 'oops' });
    await expect(shaky.pipelines.get('x')).rejects.toThrow(ServerError);
  });
});

describe('refusals', () => {
  it('have a class, a code, a hint and the id of the request', async () => {
    const error = await client.pipelines.get('nobody').catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(NotFoundError);
    expect(error).toMatchObject({ status: 404, code: 'not_found' });
    expect((error as NotFoundError).requestId).toMatch(/^req_/);
    expect((error as NotFoundError).hint).toBeTruthy();
    await expect(clientOf({ token: 'hg_test_wrong' }).pipelines.get('x')).rejects.toThrow(AuthenticationError);
    await expect(clientOf({ token: lab.readToken }).pipelines.run('user-analytics')).rejects.toThrow(
      PermissionDeniedError,
    );
    await expect(clientOf({ token: 'hg_test_wrong' }).events.stream().next()).rejects.toThrow(AuthenticationError);
    const wrong = client.pipelines.run('user-analytics', { variables: { '1bad': 'x' } });
    await expect(wrong).rejects.toMatchObject({
      name: 'InvalidRequestError',
      issues: [{ pointer: expect.any(String) as string }],
    });
  });
});

describe('cancellation', () => {
  it('ends a request, the wait for the next attempt, a list and a stream with the reason', async () => {
    const reason = new Error('enough');
    const soon = (): { signal: AbortSignal } => {
      const controller = new AbortController();
      setTimeout(() => controller.abort(reason), 100);
      return { signal: controller.signal };
    };
    next({ do: 'hang' });
    await expect(shaky.pipelines.get('x', {}, soon())).rejects.toBe(reason);
    next(BUSY);
    await expect(shaky.pipelines.get('x', {}, soon())).rejects.toBe(reason);
    next({ do: 'hang' });
    await expect(shaky.pipelines.list({}, soon()).all()).rejects.toBe(reason);
    await expect(client.events.stream({}, soon()).next()).rejects.toBe(reason);
    await expect(client.pipelines.get('x', {}, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    const run = await client.pipelines.run('slow-export');
    await expect(run.wait(soon())).rejects.toBe(reason);
    await run.cancel();
  });
});
