import { afterEach, describe, expect, test } from 'vitest';
import { PAUSED_ANNOTATION } from '../../crds/index.ts';
import { HeadgateError } from '../../foundation/errors.ts';
import type { NewEvent } from '../../store/event-ports.ts';
import type { Store } from '../../store/ports.ts';
import type { ApiLimits } from '../deps.ts';
import type { Answer, Client } from '../testing/client.ts';
import { TOKEN_FRESH_MS } from './token-cache.ts';
import { declare, startTestApi, type TestApi } from '../testing/harness.ts';
import { bearer, connect } from '../testing/raw.ts';
import { countOf, eventsOf, pipelineId, stream } from '../testing/stream.ts';

let t: TestApi;
afterEach(() => t.close());

const EVENT = { pipeline_id: 'orders', event_type: 'order.created', payload: { n: 1 } };
const events = (count: number, name = 'orders'): object[] =>
  Array.from({ length: count }, (_, n) => ({ ...EVENT, pipeline_id: name, payload: { n } }));
const send = (body: unknown = EVENT, client: Client = t.client): Promise<Answer> => client.post('/v1/events', body);

async function start(limits: Partial<ApiLimits> = {}, wrapAppend?: (append: Append) => Append): Promise<void> {
  t = await startTestApi({
    limits,
    ...(wrapAppend === undefined ? {} : { wrapStore: (store) => withAppend(store, wrapAppend) }),
  });
  await declare(t.resources, stream('orders'));
}

type Append = (events: readonly NewEvent[], now: number) => ReturnType<Store['events']['append']>;

function withAppend(store: Store, wrap: (append: Append) => Append): Store {
  const log = Object.create(store.events) as { append: Append };
  log.append = wrap(store.events.append.bind(store.events));
  return { ...store, events: log as unknown as Store['events'] };
}

/** An append that waits until the test lets it go on. */
function gate(): { wrap: (append: Append) => Append; open: () => void; waiting: () => number } {
  let open = (): void => undefined;
  let waiting = 0;
  const opened = new Promise<void>((resolve) => (open = resolve));
  const wrap =
    (append: Append): Append =>
    async (...call) => {
      waiting++;
      await opened;
      return append(...call);
    };
  return { wrap, open: () => open(), waiting: () => waiting };
}

describe('events a second', () => {
  test('of a pipeline: the whole request or nothing, and others go on', async () => {
    await start();
    await declare(t.resources, stream('slow', {}, { limits: { eventsPerSecond: 10 } }));
    expect((await send(events(8, 'slow'))).status).toBe(200);
    const refused = await send([...events(3, 'slow'), ...events(1)]);
    expect(refused.body()).toMatchObject({ status: 429, code: 'rate_limited' });
    expect(refused.headers.get('retry-after')).toBe('1');
    expect([await countOf(t, 'slow'), await countOf(t, 'orders')]).toEqual([8, 0]);
    expect((await send(events(2, 'slow'))).status).toBe(200);
    expect((await send()).status).toBe(200);
    t.time.now += 300;
    expect((await send(events(3, 'slow'))).status).toBe(200);
    // What never fits is not worth waiting for.
    t.time.now += 5000;
    expect((await send(events(11, 'slow'))).body()).toMatchObject({ status: 413, code: 'payload_too_large' });
  });

  test('of a token, with the header fields that tell', async () => {
    await start({ eventsPerSecond: 10, requestsPerSecond: 1 });
    const client = await t.as({ scopes: ['ingest'] });
    const first = await send(events(4), client);
    expect([first.headers.get('ratelimit-policy'), first.headers.get('ratelimit')]).toEqual([
      '"token";q=10;w=1',
      '"token";r=6;t=1',
    ]);
    // Requests are not counted, events are; broken ones too.
    expect((await send(events(6), client)).status).toBe(200);
    const refused = await send({ ...EVENT, payload: 1 }, client);
    expect(refused.body()).toMatchObject({ status: 400 });
    const over = await send(EVENT, client);
    expect(over.body()).toMatchObject({ status: 429, code: 'rate_limited' });
    expect([over.headers.get('ratelimit'), over.headers.get('retry-after')]).toEqual(['"token";r=0;t=1', '1']);
    expect((await send()).status).toBe(200);
    t.time.now += 100;
    expect((await send(EVENT, client)).status).toBe(200);
  });
});

describe('back-pressure', () => {
  test('as many bytes wait as the pipeline allows', async () => {
    await start();
    await declare(t.resources, stream('small', {}, { history: { eventBytes: '1Mi' } }));
    const big = { ...EVENT, pipeline_id: 'small', payload: { a: 'x'.repeat(220_000) } };
    for (let n = 0; n < 5; n++) expect((await send(big)).status).toBe(200);
    const refused = await send(big);
    expect(refused.body()).toMatchObject({ status: 429, code: 'backlog_full' });
    expect(refused.headers.get('retry-after')).toBe('5');
    expect((await send()).status).toBe(200);
    t.time.now += 2000;
    expect((await send(big)).body()).toMatchObject({ code: 'backlog_full' });
    await settle('small', 5);
    t.time.now += 2000;
    expect((await send(big)).status).toBe(200);
  });

  /** Delivers the first events of a pipeline. */
  async function settle(name: string, offset: number): Promise<void> {
    const { events: log } = t.store;
    const lease = await log.acquire(pipelineId(name), 'test', 10_000);
    const { epoch } = lease!;
    const rest = { failed: [], cancelled: [], attempts: [] };
    const commit = { pipelineId: pipelineId(name), epoch, offset, at: t.time.now, revision: 'c0ffee', ...rest };
    expect(await log.commit(commit)).toBe(true);
  }

  test.each([
    ['overloaded', 503, '1'],
    ['store_full', 507, '30'],
    ['unavailable', 503, '2'],
  ] as const)('the log says %s', async (code, status, retryAfter) => {
    await start({}, () => () => Promise.reject(new HeadgateError(code, 'not now', { retryable: true })));
    const answer = await send();
    expect(answer.body()).toMatchObject({ status, code, error: { code } });
    expect(answer.headers.get('retry-after')).toBe(retryAfter);
  });

  test('what nobody foresaw tells nothing', async () => {
    await start({}, () => () => Promise.reject(new Error('secret-path is gone')));
    const answer = await send();
    expect([answer.status, answer.text.includes('secret-path')]).toEqual([500, false]);
  });

  test('requests under way are counted, and so are their bytes', async () => {
    const held = gate();
    await start({ eventRequests: 3, eventMemoryBytes: 100_000 }, held.wrap);
    const under = [send(), send(), send()];
    await expect.poll(held.waiting).toBe(3);
    expect((await send()).body()).toMatchObject({ status: 503, code: 'overloaded' });
    held.open();
    expect((await Promise.all(under)).map(({ status }) => status)).toEqual([200, 200, 200]);
    const large = { ...EVENT, payload: { a: 'x'.repeat(110_000) } };
    expect((await send(large)).body()).toMatchObject({ status: 503, code: 'overloaded' });
    // Everything was given back.
    expect((await Promise.all([send(), send(), send()])).every(({ status }) => status === 200)).toBe(true);
  });
});

test('webhooks that nobody has checked yet do not keep out who has a token', async () => {
  t = await startTestApi({
    limits: { eventRequests: 4 },
    resolveReference: () => Promise.resolve('It is a secret'),
  });
  const settings = { signature: { github: { secret: '${env:HOOK_SECRET}' } } };
  await declare(t.resources, stream('orders'), stream('hook', {}, { source: { connector: 'webhook', settings } }));
  expect((await t.client.call('POST', '/v1/hooks/hook', { body: '{}' })).status).toBe(401);
  const begun = `POST /v1/hooks/hook HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{`;
  const strangers = [await connect(t.api.url), await connect(t.api.url)];
  for (const stranger of strangers) stranger.write(begun);
  await expect.poll(async () => (await t.client.call('POST', '/v1/hooks/hook', { body: '{}' })).status).toBe(503);
  expect((await send()).status).toBe(200);
  for (const stranger of strangers) stranger.destroy();
  await expect.poll(async () => (await t.client.call('POST', '/v1/hooks/hook', { body: '{}' })).status).toBe(401);
});

describe('what changes is noticed', () => {
  test('a pipeline that appears, pauses, resumes and goes', async () => {
    await start();
    expect((await send(events(1, 'late'))).status).toBe(404);
    await declare(t.resources, stream('late', {}, { delivery: { whenPaused: 'refuse' } }));
    await expect.poll(async () => (await send(events(1, 'late'))).status).toBe(200);
    const ref = { kind: 'Pipeline' as const, namespace: 'default', name: 'late' };
    await t.resources.annotate(ref, { [PAUSED_ANNOTATION]: 'true' });
    await expect.poll(async () => (await send(events(1, 'late'))).body()['code']).toBe('events_not_accepted');
    await t.resources.annotate(ref, { [PAUSED_ANNOTATION]: null });
    await expect.poll(async () => (await send(events(1, 'late'))).status).toBe(200);
    await t.resources.apply([{ action: 'delete', ref }]);
    await expect.poll(async () => (await send(events(1, 'late'))).status).toBe(409);
    await t.resources.remove(ref);
    await expect.poll(async () => (await send(events(1, 'late'))).status).toBe(404);
  });

  test('a paused pipeline takes events unless it says otherwise', async () => {
    await start();
    const ref = { kind: 'Pipeline' as const, namespace: 'default', name: 'orders' };
    await t.resources.annotate(ref, { [PAUSED_ANNOTATION]: 'true' });
    expect((await send()).status).toBe(200);
  });

  test('a token: revoked here at once, in the store by others within a fifth of a second; expired', async () => {
    await start();
    const client = await t.as({ scopes: ['ingest'], expiresAt: t.time.now + 10_000 });
    expect((await send(EVENT, client)).status).toBe(200);
    const [token] = (await t.store.tokens.list()).filter(({ expiresAt }) => expiresAt !== null);
    await t.store.tokens.revoke(token!.id, t.time.now);
    t.time.now += TOKEN_FRESH_MS;
    expect((await send(EVENT, client)).body()).toMatchObject({ status: 401, detail: 'the token was revoked' });

    const second = await t.as({ scopes: ['ingest'] });
    expect((await send(EVENT, second)).status).toBe(200);
    const tokens = await t.store.tokens.list();
    const found = tokens.find(({ scopes, revokedAt }) => scopes[0] === 'ingest' && revokedAt === null);
    expect((await t.client.call('DELETE', `/v1/tokens/${found!.id}`)).status).toBe(200);
    expect((await send(EVENT, second)).status).toBe(401);

    // A clock that is set back does not make a revoked one good for longer.
    const third = await t.as({ scopes: ['ingest'] });
    expect((await send(EVENT, third)).status).toBe(200);
    for (const { id, revokedAt, scopes } of await t.store.tokens.list()) {
      if (revokedAt === null && scopes[0] === 'ingest') await t.store.tokens.revoke(id, t.time.now);
    }
    t.time.now -= 3_600_000;
    expect((await send(EVENT, third)).status).toBe(401);
    t.time.now += 3_600_000;

    const short = await t.as({ scopes: ['ingest'], expiresAt: t.time.now + 100 });
    expect((await send(EVENT, short)).status).toBe(200);
    t.time.now += 100;
    expect((await send(EVENT, short)).body()).toMatchObject({ detail: 'the token has expired' });
  });
});

test('stopping: what was taken is answered, what comes is turned away', async () => {
  const held = gate();
  await start({}, held.wrap);
  // The client reads the description of the API first.
  await t.client.get('/healthz');
  const late = await connect(t.api.url);
  late.write('POST /v1/events HTTP/1.1\r\n');
  const under = send();
  await expect.poll(held.waiting).toBe(1);
  const closing = t.api.close(5000);
  await expect(send()).rejects.toThrow('fetch failed');
  late.write(`${bearer(t)}Content-Length: 0\r\n\r\n`);
  let turnedAway = '';
  for await (const chunk of late) turnedAway += String(chunk);
  expect(turnedAway).toMatch(/^HTTP\/1.1 503 [^]*Retry-After: 5\r\nConnection: close\r\n/);
  held.open();
  const answer = await under;
  expect([answer.status, answer.headers.get('connection')]).toEqual([200, 'close']);
  await closing;
  expect(await eventsOf(t, 'orders')).toHaveLength(1);
});

test('metrics count what was taken and what was not', async () => {
  await start();
  await send(events(3));
  await send({ ...EVENT, pipeline_id: 'none' });
  const { text } = await t.client.get('/metrics');
  expect(text).toContain('headgate_ingest_events_total 3');
  expect(text).toContain('headgate_ingest_rejected_total{code="not_found"} 1');
  expect(text).toContain('headgate_ingest_append_seconds_count 1');
  expect(text).toContain('headgate_http_requests_total{method="POST",route="/v1/events",status="200"} 1');
});
