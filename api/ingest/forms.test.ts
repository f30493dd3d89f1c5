import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { declare, startTestApi, type TestApi } from '../testing/harness.ts';
import { countOf, eventsOf, pipelineId, stream } from '../testing/stream.ts';

let t: TestApi;
beforeAll(async () => {
  t = await startTestApi({ limits: { eventBodyBytes: 1024 * 1024, eventMemoryBytes: 4 * 1024 * 1024 } });
  await declare(t.resources, stream('orders'));
});
afterAll(() => t.close());

const EVENT = { pipeline_id: 'orders', event_type: 'order.created', payload: { n: 1 } };
const newest = async (): Promise<unknown> => (await eventsOf(t, 'orders')).at(-1);

describe('compressed', () => {
  const post = (body: Buffer, encoding: string) =>
    t.client.call('POST', '/v1/events', {
      body,
      headers: { 'content-type': 'application/json', 'content-encoding': encoding },
    });
  const text = JSON.stringify(EVENT);

  test.each([
    ['gzip', gzipSync(text)],
    ['GZIP', gzipSync(text)],
    ['deflate', deflateSync(text)],
    ['br', brotliCompressSync(text)],
    ['zstd', zstdCompressSync(text)],
    ['identity', Buffer.from(text)],
  ])('%s', async (encoding, body) => {
    expect((await post(body, encoding)).body()).toMatchObject({ status: 'accepted' });
  });

  test.each([
    ['gzip', Buffer.from(text), 400],
    ['gzip', gzipSync(text).subarray(0, -9), 400],
    ['br', gzipSync(text), 400],
    ['gzip, gzip', gzipSync(gzipSync(text)), 415],
    ['compress', Buffer.from(text), 415],
    ['__proto__', Buffer.from(text), 415],
  ])('%s of something else', async (encoding, body, status) => {
    expect((await post(body, encoding)).status).toBe(status);
  });

  test.each([
    ['gzip', gzipSync],
    ['br', brotliCompressSync],
    ['zstd', zstdCompressSync],
  ] as const)('a bomb: %s is undone up to the limit of a body, and no further', async (encoding, compress) => {
    const bomb = compress(Buffer.alloc(64 * 1024 * 1024, 32));
    expect(bomb.length).toBeLessThan(1024 * 1024);
    expect((await post(bomb, encoding)).body()).toMatchObject({ status: 413, code: 'payload_too_large' });
  });

  test('many bombs at once hold no more memory than the limit', async () => {
    const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024, 32));
    const answers = await Promise.all(Array.from({ length: 30 }, () => post(bomb, 'gzip')));
    const statuses = new Set(answers.map(({ status }) => status));
    expect(statuses).toContain(503);
    expect([...statuses].every((status) => status === 503 || status === 413)).toBe(true);
    expect((await post(gzipSync(text), 'gzip')).status).toBe(200);
  });
});

describe('CloudEvents', () => {
  const CLOUD = {
    specversion: '1.0',
    id: 'A234-1234-1234',
    source: '/shop/orders',
    type: 'com.example.order.created',
    time: '2026-06-21T14:09:33Z',
    subject: 'ord_1042',
    datacontenttype: 'application/json',
    partitionkey: 'customer-7',
    myextension: 5,
    data: { orderId: 'ord_1042' },
  };
  const path = '/v1/events?pipeline_id=orders';
  const structured = { 'content-type': 'application/cloudevents+json; charset=utf-8' };

  test('structured: type, key, payload and attributes; sent again it is the same event', async () => {
    const answer = await t.client.call('POST', path, { body: JSON.stringify(CLOUD), headers: structured });
    expect(answer.body()).toMatchObject({ event_type: CLOUD.type, pipeline_id: pipelineId('orders') });
    const { specversion, id, source, time, subject, datacontenttype, myextension } = CLOUD;
    expect(await newest()).toMatchObject({
      type: CLOUD.type,
      key: 'customer-7',
      payload: CLOUD.data,
      attributes: { specversion, id, source, time, subject, datacontenttype, myextension },
    });
    const count = await countOf(t, 'orders');
    const again = await t.client.call('POST', path, { body: JSON.stringify(CLOUD), headers: structured });
    expect(again.text).toBe(answer.text);
    expect(await countOf(t, 'orders')).toBe(count);
    // Another pair of source and id, though the texts joined are the same.
    const other = { ...CLOUD, source: '/shop/orders:A', id: '234-1234-1234' };
    await t.client.call('POST', path, { body: JSON.stringify(other), headers: structured });
    expect(await countOf(t, 'orders')).toBe(count + 1);
  });

  test('a source too long for a key is one event nevertheless', async () => {
    const long = { ...CLOUD, source: `/${'x'.repeat(1000)}` };
    const post = () => t.client.call('POST', path, { body: JSON.stringify(long), headers: structured });
    expect((await post()).text).toBe((await post()).text);
  });

  test('in a batch', async () => {
    const body = JSON.stringify([
      { ...CLOUD, id: 'b1' },
      { ...CLOUD, id: 'b2' },
      { ...CLOUD, id: 3 },
    ]);
    const headers = { 'content-type': 'application/cloudevents-batch+json' };
    const answer = await t.client.call('POST', path, { body, headers });
    expect([answer.status, answer.body()['accepted'], answer.body()['rejected']]).toEqual([207, 2, 1]);
    const one = await t.client.call('POST', path, { body: JSON.stringify(CLOUD), headers });
    expect(one.body()).toMatchObject({ status: 400, detail: 'the body of a batch must be an array' });
  });

  test('in binary mode: attributes in header fields', async () => {
    const headers = {
      'content-type': 'application/json',
      'ce-specversion': '1.0',
      'ce-id': 'binary-1',
      'ce-source': '/shop/%C3%BC',
      'ce-type': 'com.example.binary',
    };
    const answer = await t.client.call('POST', path, { body: '{"n": 2}', headers });
    expect(answer.body()).toMatchObject({ event_type: 'com.example.binary' });
    expect(await newest()).toMatchObject({ payload: { n: 2 }, attributes: { source: '/shop/ü', id: 'binary-1' } });
    const quoted = { ...headers, 'ce-id': 'binary-2', 'ce-source': '"/the \\"shop\\" %E2%82%AC"' };
    expect((await t.client.call('POST', path, { body: '{"n": 3}', headers: quoted })).status).toBe(200);
    expect(await newest()).toMatchObject({ payload: { n: 3 }, attributes: { source: '/the "shop" €' } });
    const broken = await t.client.call('POST', path, { body: '{"n": 2}', headers: { ...headers, 'ce-source': '%ff' } });
    expect(broken.status).toBe(400);
  });

  test.each([
    [{ specversion: '0.3' }, '/specversion'],
    [{ id: undefined }, '/id is missing'],
    [{ source: '' }, '/source'],
    [{ data: 'text' }, '/data must be object'],
    [{ data: undefined, data_base64: 'e30=' }, '/data'],
    [{ nested: { a: 1 } }, '/nested'],
    [{ Upper: 'x' }, '/Upper'],
    [{ myextension: 'x'.repeat(20_000) }, 'attributes'],
  ])('refused: %j', async (change, detail) => {
    const body = JSON.stringify({ ...CLOUD, id: 'refused', ...change });
    const answer = await t.client.call('POST', path, { body, headers: structured });
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.body()['detail']).toContain(detail);
  });
});

describe('what the source asks for', () => {
  const ORDER = { type: 'object', required: ['amount'], properties: { amount: { type: 'number' } } };
  const post = (name: string, type: string, payload: object, key?: string) =>
    t.client.post('/v1/events', {
      pipeline_id: name,
      event_type: type,
      payload,
      ...(key === undefined ? {} : { key }),
    });

  test('reject: the producer gets the place in the payload', async () => {
    await declare(t.resources, stream('strict', { types: ['order.*'], schema: ORDER, key: 'customer' }));
    expect((await post('strict', 'order.created', { amount: 'x' })).body()).toMatchObject({
      status: 422,
      code: 'event_refused',
      errors: [{ pointer: '/payload/amount' }],
    });
    expect((await post('strict', 'user.created', { amount: 1 })).status).toBe(422);
    expect((await post('strict', 'order.created', { amount: 1, customer: 'c7' })).status).toBe(200);
    expect((await post('strict', 'order.created', { amount: 1, customer: 'c7' }, 'mine')).status).toBe(200);
    expect((await eventsOf(t, 'strict')).map(({ key }) => key)).toEqual(['c7', 'mine']);
  });

  test('dead-letter: it is taken with what it has against it; pass: as if nothing were', async () => {
    await declare(
      t.resources,
      stream('lenient', { schema: ORDER, onInvalid: 'dead-letter' }),
      stream('careless', { schema: ORDER, onInvalid: 'pass' }),
    );
    expect((await post('lenient', 'x', {})).body()).toMatchObject({ status: 'accepted' });
    expect((await post('careless', 'x', {})).body()).toMatchObject({ status: 'accepted' });
    expect(await eventsOf(t, 'lenient')).toMatchObject([{ refused: { code: 'event_refused' } }]);
    expect(await eventsOf(t, 'careless')).toMatchObject([{ refused: null }]);
  });
});
