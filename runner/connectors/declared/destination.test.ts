/** What single answers, replays, parallel requests and silence mean to a stream. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ConnectorSpec } from '../../../crds/index.ts';
import { testContext } from '../../../test/connector-context.ts';
import { startHttpServer, type Behaviour, type TestHttpServer } from '../../../test/servers/http.ts';
import { breakOff, inTurn, json, reset, silence, stall, text } from '../../../test/servers/http-behaviours.ts';
import type { EventMeta, Row, StreamRecord, StreamWriter } from '../../ports.ts';
import { resolveSettings } from '../../settings.ts';
import { declaredConnector } from './connector.ts';

let server: TestHttpServer;
beforeEach(async () => {
  server = await startHttpServer();
});
afterEach(async () => {
  await server.idle();
  await server.close();
});

type Json = Parameters<typeof json>[0];
type Action = NonNullable<ConnectorSpec['actions']>[number];

const record = (id: number, event: Partial<EventMeta> = {}): StreamRecord => ({
  row: { id },
  event: { id: `ev_${id}`, type: 'a', key: null, receivedAt: 0, replay: null, ...event },
});

async function writing<T>(
  action: Partial<Action>,
  work: (writer: StreamWriter) => Promise<T>,
  more: Partial<ConnectorSpec> = {},
  settings: object = {},
): Promise<T> {
  const spec: ConnectorSpec = {
    title: 'T',
    summary: 'S',
    baseUrl: server.url,
    actions: [{ name: 'put', path: 'in', ...action }],
    ...more,
  };
  const connector = declaredConnector('test', spec);
  const resolved = resolveSettings(connector, settings as Record<string, unknown>, { pointer: '' });
  const request = { mode: 'append' as const, key: [], include: [], pipelineId: 'pl_1' };
  const writer = await connector.destination!(resolved, testContext()).stream!(request);
  try {
    return await work(writer);
  } finally {
    await writer.close();
  }
}
const write = (
  records: readonly StreamRecord[],
  action: Partial<Action> = {},
  more: Partial<ConnectorSpec> = {},
  settings: object = {},
) => writing(action, (writer) => writer.write(records, new AbortController().signal), more, settings);

test.each<[string, Behaviour, object]>([
  ['400 refuses the record', text('', {}, 400), { failed: [{ index: 0, retryable: false }] }],
  ['401 is nothing of the record', text('', {}, 401), { code: 'destination_unreachable', retryable: true }],
  ['404 of a fixed address neither', text('', {}, 404), { code: 'destination_failed', retryable: false }],
  ['410 asks for a person', text('', {}, 410), { code: 'destination_gone' }],
  ['429 waits', text('', { 'retry-after': '9' }, 429), { code: 'destination_unreachable', retryAfter: 9 }],
  ['500 is tried again', text('', {}, 500), { code: 'destination_failed', retryable: true }],
  ['503 waits', text('', {}, 503), { code: 'destination_unreachable', retryable: true }],
  ['a redirect is not followed', text('', { location: '/x' }, 302), { code: 'destination_failed', retryable: false }],
  ['a reset is no answer', reset(), { code: 'destination_unreachable', retryable: true }],
])('%s', async (_what, behaviour, expected) => {
  server.on('/in', behaviour);
  const outcome = await write([record(1)]).catch((error: unknown) => error);
  expect(outcome).toMatchObject(expected);
  expect(server.requests).toHaveLength(1);
});

test('silence ends after `timeout`, and a good answer counts though its body never ends', async () => {
  server.on('/in', silence());
  await expect(write([record(1)], {}, {}, { timeout: '200ms' })).rejects.toThrow('no answer within 200ms');
  server.on('/in', stall('{'));
  expect(await write([record(1)], {}, {}, { timeout: '200ms' })).toMatchObject({ failed: [] });
});

test('a rule for good answers finds what they hide', async () => {
  const rule = { statuses: [200], when: 'body.ok == false', as: 'refused' as const, message: 'body.error' };
  server.on('/in', inTurn(json({ ok: true }), json({ ok: false, error: 'not\u0000 so' })));
  const result = await write([record(1), record(2)], {}, { answers: [rule] });
  expect(result.failed).toMatchObject([{ index: 1, retryable: false }]);
  expect(result.failed[0]!.reason).toMatch(/answered 200 \(application\/json\): not so$/);
});

test('a batch that is refused is left to the engine to take apart, and what was taken is not sent again', async () => {
  server.on('/in', inTurn(text('', {}, 200), text('', {}, 400), text('', {}, 200)));
  await writing({ batch: { size: 2 } }, async (writer) => {
    const never = new AbortController().signal;
    const records = [1, 2, 3, 4].map((id) => record(id));
    await expect(writer.write(records, never)).rejects.toMatchObject({ code: 'destination_failed', retryable: false });
    expect(await writer.write(records, never)).toMatchObject({ failed: [] });
  });
  expect(server.requests.map(({ body }) => body)).toEqual([
    '[{"id":1},{"id":2}]',
    '[{"id":3},{"id":4}]',
    '[{"id":3},{"id":4}]',
  ]);
});

test('replays have keys of their own, and never share a request with live events', async () => {
  server.on('/in', text(''));
  const records = [record(1), record(2, { replay: 'rp_1' }), record(3, { replay: 'rp_1' })];
  await write(records, { batch: { size: 10 }, idempotencyHeader: 'X-Key' });
  const keys = server.requests.map(({ headers }) => headers['x-key']);
  expect(keys).toHaveLength(2);
  expect(keys[1]).toMatch(/^batch_.*-rp_1$/);
});

test('several requests at a time keep the order of a key', async () => {
  let open = 0;
  let most = 0;
  server.on('/in', async (request, response) => {
    most = Math.max(most, ++open);
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
    open -= 1;
    return text('')(request, response);
  });
  const records = Array.from({ length: 12 }, (_, id) => record(id, { key: `k${id % 3}` }));
  await write(records, {}, { rateLimit: { concurrency: 3 } });
  expect(most).toBeGreaterThan(1);
  const ids = server.requests.map(({ body }) => (JSON.parse(body) as { id: number }).id);
  for (const key of [0, 1, 2]) {
    const own = ids.filter((id) => id % 3 === key);
    expect(own).toEqual(own.toSorted((a, b) => a - b));
  }
});

test('batches keep the order of a key, too, however many requests may be under way', async () => {
  let open = 0;
  let most = 0;
  server.on('/in', async (request, response) => {
    most = Math.max(most, ++open);
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
    open -= 1;
    return text('')(request, response);
  });
  const records = Array.from({ length: 12 }, (_, id) => record(id, { key: `k${id % 3}` }));
  await write(records, { batch: { size: 4 } }, { rateLimit: { concurrency: 3 } });
  expect(most).toBe(1);
  const ids = server.requests.flatMap(({ body }) => (JSON.parse(body) as { id: number }[]).map(({ id }) => id));
  expect(ids).toEqual(records.map((_, id) => id));
});

describe('a record that no request can be made of is refused alone', () => {
  const bad = (row: Row, more: Partial<EventMeta> = {}): StreamRecord => ({ ...record(2, more), row });
  test.each<[string, Partial<Action>, StreamRecord, string]>([
    ['a header', { headers: { 'x-name': '${record.name}' } }, bad({ name: 'a\r\nx-admin: 1' }), 'a line break'],
    ['another server', { path: '${record.name}' }, bad({ name: 'https://elsewhere.example/x' }), 'not a path below'],
    ['a way out of the base', { path: '${record.name}' }, bad({ name: 'in/../../admin' }), 'not a path below'],
    ['the same, hidden', { path: '${record.name}' }, bad({ name: '.\t./%2e%2E/admin' }), 'not a path below'],
    ['a query', { query: { n: '${record.name + 1}' } }, bad({ name: 'text' }), 'query.n'],
  ])('%s', async (_what, action, poison, reason) => {
    server.on('/in', text(''));
    server.on('/api/in', text(''));
    server.on('/api/ok', text(''));
    const good = { ...record(1), row: { name: action.query === undefined ? 'ok' : 1 } };
    const result = await write([good, poison, good], action, { baseUrl: `${server.url}/api` });
    expect(result.failed).toMatchObject([{ index: 1, retryable: false, reason: expect.stringContaining(reason) }]);
    expect(server.requests).toHaveLength(2);
    expect(server.requests.every(({ path }) => path.startsWith('/api/'))).toBe(true);
  });

  test('but what is wrong for all of them is no fault of a record', async () => {
    const action = { headers: { 'x-name': '${settings.name}' } };
    const settings = { name: { description: 'A name.' } };
    await expect(write([record(1)], action, { settings }, { name: 'a\nb' })).rejects.toMatchObject({
      code: 'invalid_settings',
    });
  });

  test('half a character is sent as its replacement', async () => {
    server.on('/in', text(''));
    await write([bad({ name: '\ud800' })], { query: { n: '${record.name}' } });
    expect(server.requests[0]!.query.get('n')).toBe('\ufffd');
  });
});

test('404 of a fixed address is nothing of the record, whatever words stand in it', async () => {
  server.on('/v1/event/record', text('', {}, 404));
  await expect(write([record(1)], { path: 'v1/event/record' })).rejects.toMatchObject({ code: 'destination_failed' });
});

describe('answers that name single records', () => {
  const batch = { size: 10, errors: { list: 'body.errors', index: 'error.at', message: 'error.why' } };
  const three = [1, 2, 3].map((id) => record(id));
  const answered = (errors: Json, action: Partial<Action> = {}) => {
    server.on('/in', json({ errors }));
    return write(three, { batch, ...action });
  };

  test('one error may be of several records, and one record have several errors', async () => {
    const result = await answered([
      { at: ['0', 2], why: 'both' },
      { at: 2, why: 'again' },
    ]);
    expect(result.failed).toEqual([
      { index: 0, reason: 'both', retryable: false },
      { index: 2, reason: 'both; again', retryable: false },
    ]);
  });

  test.each<[string, Json]>([
    ['no record', [{ why: 'x' }]],
    ['an empty list of records', [{ at: [], why: 'x' }]],
    ['one that was not sent', [{ at: 3, why: 'x' }]],
    ['what is no list', { at: 1 }],
  ])('%s: nothing counts as taken', async (_what, errors) => {
    await expect(answered(errors)).rejects.toMatchObject({ code: 'destination_failed', retryable: false });
  });

  test('what an error says is shown though it names no record', async () => {
    await expect(answered([{ why: 'the list is closed' }])).rejects.toThrow(
      'no record of the request: the list is closed',
    );
  });

  test.each<[string, Behaviour, object]>([
    ['breaks off', breakOff('{"errors": [{"at": 0'), { retryable: true }],
    ['is no JSON', text('<html>'), { retryable: false }],
  ])('an answer that %s does not prove that all were taken', async (_what, behaviour, expected) => {
    server.on('/in', behaviour);
    await expect(write(three, { batch })).rejects.toMatchObject({ code: 'destination_failed', ...expected });
  });

  test('an answer without a body does', async () => {
    server.on('/in', text('', {}, 204));
    expect(await write(three, { batch })).toMatchObject({ failed: [] });
  });
});

test('a rule that cannot be computed for an answer is not for it', async () => {
  const rule = { when: 'body.message.contains("quota")', as: 'later' as const };
  server.on('/in', json({ message: 5 }, {}, 400));
  expect(await write([record(1)], {}, { answers: [rule] })).toMatchObject({ failed: [{ index: 0 }] });
});

test('waiting for its turn is no silence of the API', async () => {
  server.on('/in', text(''));
  const records = [1, 2, 3].map((id) => record(id, { key: `k${id}` }));
  const limits = { rateLimit: { requestsPerSecond: 5, concurrency: 3 } };
  expect(await write(records, {}, limits, { timeout: '300ms' })).toMatchObject({ failed: [] });
});

test('an access token that an API repeats is not shown', async () => {
  server.on('/token', json({ access_token: 'at-0123456789' }));
  server.on('/in', json({ message: 'at-0123456789 is too good' }, {}, 400));
  const result = await write(
    [record(1)],
    {},
    {
      auth: { clientCredentials: { tokenUrl: `${server.url}/token`, clientId: 'c', clientSecret: 's' } },
      answers: [{ as: 'refused', message: 'body.message' }],
    },
  );
  expect(result.failed[0]!.reason).toContain('is too good');
  expect(JSON.stringify(result)).not.toContain('at-0123456789');
});

test('no connection to what the network policy refuses', async () => {
  await expect(write([record(1)], {}, {}, { baseUrl: 'http://169.254.169.254/' })).rejects.toMatchObject({
    code: 'address_refused',
  });
});
