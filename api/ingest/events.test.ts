import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MAX_EVENT_PAYLOAD } from '../../store/event-ports.ts';
import { createClient } from '../testing/client.ts';
import { declare, pipeline, startTestApi, type TestApi } from '../testing/harness.ts';
import { countOf, eventsOf, pipelineId, stream } from '../testing/stream.ts';

let t: TestApi;
beforeAll(async () => {
  t = await startTestApi();
  await declare(t.resources, stream('orders'), stream('other'), pipeline('batch'));
});
afterAll(() => t.close());

interface Accepted {
  readonly id: string;
  readonly event_id: string;
  readonly pipeline_id: string;
  readonly event_type: string;
  readonly status: string;
  readonly received_at: string;
}
interface Rejected {
  readonly index: number;
  readonly error: { readonly code: string; readonly message: string; readonly errors?: readonly object[] };
}
interface Several {
  readonly data: readonly (Accepted | Rejected)[];
  readonly accepted: number;
  readonly rejected: number;
}

const event = (more: object = {}): Record<string, unknown> => ({
  pipeline_id: 'orders',
  event_type: 'order.created',
  payload: { n: 1 },
  ...more,
});

/** The newest event of a pipeline. */
const last = async (name = 'orders'): Promise<unknown> => (await eventsOf(t, name)).at(-1);

describe('one event', () => {
  test('as in the documentation: accepted, durable, and the same answer for a repeated key', async () => {
    const body = {
      pipeline_id: pipelineId('orders'),
      event_type: 'order.created',
      payload: { orderId: 'ord_1042', amount: 4999, currency: 'usd' },
      idempotency_key: 'evt-key-3f9c2a',
    };
    const client = await t.as({ scopes: ['ingest'] });
    const answer = await client.post('/v1/events', body);
    expect(answer.status).toBe(200);
    const { id } = answer.body<Accepted>();
    expect(answer.body()).toEqual({
      id,
      event_id: id,
      pipeline_id: body.pipeline_id,
      event_type: 'order.created',
      status: 'accepted',
      received_at: new Date(t.time.now).toISOString(),
    });
    expect(await last()).toMatchObject({ id, type: 'order.created', key: null, payload: body.payload });

    expect((await client.post('/v1/events', body)).text).toBe(answer.text);
    const other = await client.post('/v1/events', { ...body, payload: { orderId: 'ord_1043' } });
    expect(other.body()).toMatchObject({
      status: 422,
      code: 'idempotency_key_reused',
      error: { code: 'idempotency_key_reused', message: expect.any(String) },
    });
    expect(await countOf(t, 'orders')).toBe(1);
  });

  test.each([
    ['a name', event(), ''],
    ['a name in its workspace', event({ workspace: 'default' }), ''],
    ['the query', event({ pipeline_id: undefined }), '?pipeline_id=orders&workspace=default'],
  ])('its pipeline by %s', async (_how, body, query) => {
    const answer = await t.client.post(`/v1/events${query}`, body);
    expect(answer.body()).toMatchObject({ status: 'accepted', pipeline_id: pipelineId('orders') });
  });

  test('keys: of the event, of the header', async () => {
    const keyed = event({ key: 'ord_7', payload: { header: true } });
    const first = await t.client.post('/v1/events', keyed, { 'idempotency-key': 'by-header' });
    const second = await t.client.post('/v1/events', { ...keyed, idempotency_key: 'by-header' });
    expect(second.body()).toEqual(first.body());
    expect(await last()).toMatchObject({ key: 'ord_7' });
    const differing = await t.client.post('/v1/events', event({ idempotency_key: 'a' }), { 'idempotency-key': 'b' });
    expect(differing.body()).toMatchObject({ code: 'invalid_request', status: 400 });
  });

  test.each([
    ['application/json; charset=utf-8', JSON.stringify(event())],
    ['application/json', `\uFEFF${JSON.stringify(event())}`],
    ['application/yaml', 'pipeline_id: orders\nevent_type: order.created\npayload: {n: 1}\n'],
    ['application/x-ndjson', `${JSON.stringify(event())}\n`],
  ])('as %s', async (type, body) => {
    const answer = await t.client.post('/v1/events', body, { 'content-type': type });
    expect(answer.status).toBe(200);
    expect(await last()).toMatchObject({ payload: { n: 1 } });
  });

  test('integers keep their digits, and names that mean something to JavaScript are names', async () => {
    const payload =
      '{"big":12345678901234567890,"__proto__":{"polluted":true},"constructor":{"prototype":1},"e":1e400}';
    const text = `{"pipeline_id":"orders","event_type":"x","payload":${payload}}`;
    expect((await t.client.post('/v1/events', text, { 'content-type': 'application/json' })).status).toBe(200);
    const { payload: stored } = (await last()) as { payload: Record<string, unknown> };
    expect(stored['big']).toBe(12345678901234567890n);
    expect(Object.keys(stored)).toEqual(['big', '__proto__', 'constructor', 'e']);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    const names = '{"pipeline_id":"orders","event_type":"x","payload":{},"__proto__":{"key":"k"}}';
    const refused = await t.client.post('/v1/events', names, { 'content-type': 'application/json' });
    expect([refused.status, refused.body<{ code: string }>().code]).toEqual([400, 'invalid_request']);
  });

  test('a payload of exactly 256 KB is taken, one byte more is not', async () => {
    const frame = JSON.stringify({ a: '' }).length;
    const sized = (bytes: number): object => event({ payload: { a: 'x'.repeat(bytes - frame) } });
    expect((await t.client.post('/v1/events', sized(MAX_EVENT_PAYLOAD))).status).toBe(200);
    const refused = await t.client.post('/v1/events', sized(MAX_EVENT_PAYLOAD + 1));
    expect(refused.body()).toMatchObject({
      status: 413,
      error: { code: 'payload_too_large', message: 'payload exceeds the 256KB limit' },
    });
    // It counts bytes, not characters.
    const wide = event({ payload: { a: 'ä'.repeat(MAX_EVENT_PAYLOAD / 2) } });
    expect((await t.client.post('/v1/events', wide)).status).toBe(413);
  });

  test('a payload 128 levels deep is taken, one level more is not; no depth breaks anything', async () => {
    const deep = (levels: number): string =>
      `{"pipeline_id":"orders","event_type":"x","payload":${'{"a":'.repeat(levels - 1)}{}${'}'.repeat(levels - 1)}}`;
    const post = (text: string) => t.client.post('/v1/events', text, { 'content-type': 'application/json' });
    expect((await post(deep(128))).status).toBe(200);
    expect((await post(deep(129))).body()).toMatchObject({ status: 400, detail: expect.stringContaining('deep') });
    expect((await post(deep(1_000_000))).status).toBe(400);
    expect((await post('['.repeat(5_000_000))).status).toBe(400);
  });
});

describe('what is refused', () => {
  const long = 'x'.repeat(256);
  test.each([
    ['nothing', '', 400, 'a body is needed'],
    ['no JSON', '{"a":', 400, 'not JSON'],
    ['a text', '"order"', 400, 'must be object'],
    ['null', 'null', 400, 'must be object'],
    ['an empty list', '[]', 400, 'no event'],
    ['no pipeline', JSON.stringify(event({ pipeline_id: undefined })), 400, '/pipeline_id is missing'],
    ['no type', JSON.stringify(event({ event_type: undefined })), 400, '/event_type is missing'],
    ['an empty type', JSON.stringify(event({ event_type: '' })), 400, '/event_type must not be empty'],
    ['a long type', JSON.stringify(event({ event_type: long })), 400, '/event_type must have 255 characters at most'],
    ['a type with a line break', JSON.stringify(event({ event_type: 'a\nb' })), 400, '/event_type'],
    ['half a character', '{"pipeline_id":"orders","event_type":"\\ud800","payload":{}}', 400, '/event_type'],
    ['a list as payload', JSON.stringify(event({ payload: [] })), 400, '/payload must be object'],
    ['no payload', JSON.stringify(event({ payload: undefined })), 400, '/payload is missing'],
    ['a number as key', JSON.stringify(event({ idempotency_key: 1 })), 400, '/idempotency_key must be string'],
    ['a long key', JSON.stringify(event({ idempotency_key: long })), 400, '/idempotency_key'],
    ['an unknown field', JSON.stringify(event({ event_typ: 'x' })), 400, "did you mean 'event_type'?"],
    ['another pipeline', JSON.stringify(event({ pipeline_id: 'none' })), 404, "there is no pipeline 'none'"],
    ['an unknown id', JSON.stringify(event({ pipeline_id: 'pl_8f3a' })), 404, "there is no pipeline 'pl_8f3a'"],
    ['a batch pipeline', JSON.stringify(event({ pipeline_id: 'batch' })), 409, 'no stream pipeline'],
  ])('%s', async (_what, body, status, detail) => {
    const answer = await t.client.post('/v1/events', body, { 'content-type': 'application/json' });
    expect(answer.body()).toMatchObject({ status, detail: expect.stringContaining(detail) });
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
  });

  test('all that is missing is named at once; the pipeline not where the query names one', async () => {
    const missing = async (path: string): Promise<readonly string[]> => {
      const answer = await t.client.post(path, {});
      expect(answer.status).toBe(400);
      return answer.body<{ errors: { pointer: string }[] }>().errors.map(({ pointer }) => pointer);
    };
    expect(await missing('/v1/events')).toEqual(['/pipeline_id', '/event_type', '/payload']);
    expect(await missing('/v1/events?pipeline_id=orders')).toEqual(['/event_type', '/payload']);
    const twice = await t.client.post('/v1/events?pipeline_id=a&pipeline_id=b', event());
    expect(twice.body()).toMatchObject({ status: 400, errors: [{ pointer: '/query/pipeline_id' }] });
  });

  test.each([
    ['text/plain', 415],
    ['', 415],
    ['application/json; charset=latin1', 415],
    ['application/yaml', 400],
  ])('as %j', async (type, status) => {
    const answer = await t.client.call('POST', '/v1/events', {
      body: new TextEncoder().encode('{"a": ['),
      headers: type === '' ? {} : { 'content-type': type },
    });
    expect(answer.status).toBe(status);
  });

  test('bytes that are not UTF-8', async () => {
    const body = Buffer.from(JSON.stringify(event({ payload: { a: 'ü' } })), 'latin1');
    const answer = await t.client.call('POST', '/v1/events', { body, headers: { 'content-type': 'application/json' } });
    expect(answer.body()).toMatchObject({ status: 400, detail: 'the body is not UTF-8 text' });
  });

  test.each([
    ['?pipelin_id=orders', "did you mean 'pipeline_id'?"],
    ['?pipeline_id=orders&pipeline_id=other', 'more than once'],
    ['?__proto__=1', 'is not known'],
  ])('the query %s', async (query, detail) => {
    const answer = await t.client.post(`/v1/events${query}`, event());
    expect(answer.body()).toMatchObject({ status: 400, detail: expect.stringContaining(detail) });
  });

  test('tokens without the scope, the workspace, or at all', async () => {
    await declare(t.resources, stream('theirs', {}, {}, { namespace: 'theirs' }));
    const readOnly = await t.as({ scopes: ['read', 'trigger', 'write'] });
    expect((await readOnly.post('/v1/events', event())).body()).toMatchObject({ status: 403, code: 'forbidden' });
    const nobody = await createClient(t.api.url, '').post('/v1/events', event());
    expect([nobody.status, nobody.headers.get('www-authenticate')]).toEqual([401, 'Bearer realm="headgate"']);
    const mine = await t.as({ scopes: ['ingest'], workspaces: ['default'] });
    const theirs = event({ pipeline_id: pipelineId('theirs', 'theirs') });
    expect((await mine.post('/v1/events', theirs)).status).toBe(404);
    expect((await mine.post('/v1/events', event({ workspace: 'theirs', pipeline_id: 'theirs' }))).status).toBe(403);
    const own = await t.as({ scopes: ['ingest'], workspaces: ['theirs'] });
    expect((await own.post('/v1/events', event({ pipeline_id: 'theirs' }))).status).toBe(200);
  });
});

describe('several events', () => {
  test('an array: results in order, each event once', async () => {
    const before = await countOf(t, 'other');
    const body = [0, 1, 2].map((n) => event({ pipeline_id: n === 1 ? 'orders' : 'other', payload: { n } }));
    const answer = await t.client.post('/v1/events', body);
    expect([answer.status, answer.body<Several>().accepted, answer.body<Several>().rejected]).toEqual([200, 3, 0]);
    const pipelines = answer.body<Several>().data.map((one) => (one as Accepted).pipeline_id);
    expect(pipelines).toEqual(['other', 'orders', 'other'].map((name) => pipelineId(name)));
    const stored = (await eventsOf(t, 'other')).slice(before);
    expect(stored.map(({ payload }) => payload)).toEqual([{ n: 0 }, { n: 2 }]);
  });

  test('a name with a slash is no workspace with a name', async () => {
    const apart = event({ workspace: 'default', pipeline_id: 'orders' });
    const joined = event({ pipeline_id: 'default/orders' });
    for (const body of [
      [apart, joined],
      [joined, apart],
    ]) {
      const { accepted, data } = (await t.client.post('/v1/events', body)).body<Several>();
      expect(accepted).toBe(1);
      expect('error' in data[body.indexOf(joined)]!).toBe(true);
    }
  });

  test('some rejected: 207, and each says why', async () => {
    const answer = await t.client.post('/v1/events', [
      event(),
      event({ payload: 7 }),
      event({ pipeline_id: 'none' }),
      event({ payload: { a: 'x'.repeat(MAX_EVENT_PAYLOAD) } }),
      event({ pipeline_id: 'batch' }),
      event(),
    ]);
    expect(answer.status).toBe(207);
    const { data, accepted, rejected } = answer.body<Several>();
    expect([accepted, rejected]).toEqual([2, 4]);
    expect(data.map((one) => ('error' in one ? [one.index, one.error.code] : one.status))).toEqual([
      'accepted',
      [1, 'invalid_request'],
      [2, 'not_found'],
      [3, 'payload_too_large'],
      [4, 'events_not_accepted'],
      'accepted',
    ]);
    expect((data[1] as Rejected).error.errors).toEqual([{ pointer: '/payload', message: 'must be object' }]);
  });

  test('all rejected for the same reason: that error; for several reasons: 207', async () => {
    const same = await t.client.post('/v1/events', [event({ payload: 7 }), event({ event_type: '' })]);
    expect(same.body()).toMatchObject({
      status: 400,
      errors: [{ pointer: '/0/payload' }, { pointer: '/1/event_type' }],
    });
    const mixed = await t.client.post('/v1/events', [event({ payload: 7 }), event({ pipeline_id: 'none' })]);
    expect([mixed.status, mixed.body<Several>().accepted]).toEqual([207, 0]);
  });

  test('lines: empty ones do not count, a broken one is rejected alone', async () => {
    const text = `${JSON.stringify(event())}\r\n\n{"torn":\n${JSON.stringify(event())}`;
    const answer = await t.client.post('/v1/events', text, { 'content-type': 'application/x-ndjson' });
    expect(answer.status).toBe(207);
    const { data } = answer.body<Several>();
    expect(data).toHaveLength(3);
    expect(data[1]).toMatchObject({ index: 1, error: { code: 'invalid_request' } });
  });

  test('the same key twice in one request makes one event; with another payload it is refused', async () => {
    const before = await countOf(t, 'orders');
    const twice = event({ idempotency_key: 'twice' });
    const answer = await t.client.post('/v1/events', [twice, twice, { ...twice, payload: { n: 2 } }]);
    expect(answer.status).toBe(207);
    const { data } = answer.body<Several>();
    expect(data[1]).toEqual(data[0]);
    expect(data[2]).toMatchObject({ error: { code: 'idempotency_key_reused' } });
    expect(await countOf(t, 'orders')).toBe(before + 1);
  });

  test('the same key from many at the same time makes one event', async () => {
    const before = await countOf(t, 'orders');
    const body = event({ idempotency_key: 'at-once' });
    const answers = await Promise.all(Array.from({ length: 40 }, () => t.client.post('/v1/events', body)));
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    expect(answers[0]!.status).toBe(200);
    expect(await countOf(t, 'orders')).toBe(before + 1);
  });

  test('10,000 events, and not one more', async () => {
    // A second's worth of events.
    t.time.now += 1000;
    const before = await countOf(t, 'other');
    const lines = (count: number): string =>
      Array.from({ length: count }, (_, n) => JSON.stringify(event({ pipeline_id: 'other', payload: { n } }))).join(
        '\n',
      );
    const headers = { 'content-type': 'application/x-ndjson' };
    const answer = await t.client.post('/v1/events', lines(10_000), headers);
    expect([answer.status, answer.body<Several>().accepted]).toEqual([200, 10_000]);
    const stored = (await eventsOf(t, 'other')).slice(before);
    expect(stored.map(({ payload }) => payload['n'])).toEqual(Array.from({ length: 10_000 }, (_, n) => n));
    expect((await t.client.post('/v1/events', lines(10_001), headers)).body()).toMatchObject({ status: 413 });
    expect(await countOf(t, 'other')).toBe(before + 10_000);
  });

  test('101 pipelines are too many, and a header names no key for several', async () => {
    const body = Array.from({ length: 101 }, (_, n) => event({ pipeline_id: `none-${n}` }));
    expect((await t.client.post('/v1/events', body)).body()).toMatchObject({ status: 400 });
    const keyed = await t.client.post('/v1/events', [event()], { 'idempotency-key': 'one' });
    expect(keyed.body()).toMatchObject({ status: 400, detail: expect.stringContaining('for one event') });
  });
});
