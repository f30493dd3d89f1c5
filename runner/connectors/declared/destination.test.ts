/** What single answers, replays, parallel requests and silence mean to a stream. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ConnectorSpec } from '../../../crds/index.ts';
import { testContext } from '../../../test/connector-context.ts';
import { startHttpServer, type Behaviour, type TestHttpServer } from '../../../test/servers/http.ts';
import { inTurn, json, reset, silence, stall, text } from '../../../test/servers/http-behaviours.ts';
import type { EventMeta, StreamRecord, StreamWriter } from '../../ports.ts';
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
  ['401 is nothing of the record', text('', {}, 401), { code: 'destination_failed', retryable: false }],
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

test('no connection to what the network policy refuses', async () => {
  await expect(write([record(1)], {}, {}, { baseUrl: 'http://169.254.169.254/' })).rejects.toMatchObject({
    code: 'address_refused',
  });
});
