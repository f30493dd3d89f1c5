import { expect, test } from 'vitest';
import { inTurn, json } from '../../../test/servers/http-behaviours.ts';
import { event, subject } from './testing/subject.ts';

const { server, asked, read, load, stream, check } = subject('stripe');
const SETTINGS = { apiKey: 'sk_test_hush' };

const customers = Array.from({ length: 5 }, (_, n) => ({
  id: `cus_${n}`,
  object: 'customer',
  created: 1_700_000_000 - n,
  metadata: {},
}));

test('reads lists, newest first, from the last object of each page on', async () => {
  server().on('/customers', (request, response) => {
    const after = request.query.get('starting_after');
    const start = after === null ? 0 : customers.findIndex(({ id }) => id === after) + 1;
    const data = customers.slice(start, start + 2);
    return json({ object: 'list', url: '/v1/customers', data, has_more: start + 2 < customers.length })(
      request,
      response,
    );
  });
  const rows = await read(
    'customers',
    { ...SETTINGS, version: '2025-06-30.basil' },
    { incremental: { cursor: 'created', initial: '1600000000' } },
  );
  expect(rows.map(({ id }) => id)).toEqual(['cus_0', 'cus_1', 'cus_2', 'cus_3', 'cus_4']);
  expect(asked('/customers').map(({ query }) => Object.fromEntries(query))).toEqual([
    { 'created[gt]': '1600000000', limit: '100' },
    { 'created[gt]': '1600000000', limit: '100', starting_after: 'cus_1' },
    { 'created[gt]': '1600000000', limit: '100', starting_after: 'cus_3' },
  ]);
  const { headers } = asked('/customers')[0]!;
  expect(headers).toMatchObject({ authorization: 'Bearer sk_test_hush', 'stripe-version': '2025-06-30.basil' });
  expect(headers).not.toHaveProperty('stripe-account');
});

test('subscriptions of every status', async () => {
  server().on('/subscriptions', json({ object: 'list', data: [{ id: 'sub_1' }], has_more: false }));
  expect(await read('subscriptions', SETTINGS)).toEqual([{ id: 'sub_1' }]);
  expect(asked('/subscriptions')[0]!.query.get('status')).toBe('all');
});

test('writes forms with nested parameters, under the id of the event', async () => {
  server().on('/customers', json({ id: 'cus_new', object: 'customer' }));
  const row = {
    email: 'a+b@example.com',
    metadata: { plan: 'pro', seats: 3 },
    preferred_locales: ['de', 'en'],
    phone: null,
  };
  const result = await stream(undefined, SETTINGS, [event('ev_1', row, { type: 'customer.created' })]);
  expect(result.failed).toEqual([]);
  const [sent] = asked('/customers');
  expect(sent!.headers).toMatchObject({
    'content-type': 'application/x-www-form-urlencoded',
    'idempotency-key': 'ev_1-create-customer',
  });
  expect([...new URLSearchParams(sent!.body)]).toEqual([
    ['email', 'a+b@example.com'],
    ['metadata[plan]', 'pro'],
    ['metadata[seats]', '3'],
    ['preferred_locales[0]', 'de'],
    ['preferred_locales[1]', 'en'],
  ]);
});

test('an update goes to the customer of the record; one that is missing is refused, and the others are not held up', async () => {
  const missing = json(
    { error: { type: 'invalid_request_error', code: 'resource_missing', message: 'No such customer' } },
    {},
    404,
  );
  server().on('/customers/cus_1', missing);
  server().on('/customers/cus%2F2', json({ id: 'cus/2' }));
  const type = { type: 'customer.updated' };
  const result = await stream(undefined, SETTINGS, [
    event('ev_1', { id: 'cus_1', name: 'A' }, type),
    event('ev_2', { id: 'cus/2', name: 'B' }, type),
    event('ev_3', { name: 'C' }, type),
  ]);
  expect(result.failed.map(({ index }) => index)).toEqual([0, 2]);
  expect(result.failed[0]!.reason).toContain('No such customer');
  expect(result.failed[1]!.reason).toContain('a part of the path is empty');
  expect(asked('/customers/cus%2F2').map(({ body }) => body)).toEqual(['name=B']);
});

test('a request that met a lock is made again with the same key', async () => {
  const locked = json({ error: { type: 'invalid_request_error', code: 'lock_timeout', message: 'locked' } }, {}, 429);
  server().on('/customers', inTurn(locked, json({ id: 'cus_1' })));
  await load('create-customer', SETTINGS, [{ email: 'a@example.com' }]);
  const keys = asked('/customers').map(({ headers }) => headers['idempotency-key']);
  expect(keys).toHaveLength(2);
  expect(new Set(keys).size).toBe(1);
});

test('an event without an action is refused; the check asks for the balance', async () => {
  const result = await stream(undefined, SETTINGS, [event('ev_1', {}, { type: 'order.created' })]);
  expect(result.failed[0]).toMatchObject({ reason: "the connector has no action for events of type 'order.created'" });
  server().on('/balance', json({ object: 'balance' }));
  expect(await check(SETTINGS)).toMatchObject({ ok: true });
});

test('one event to two addresses has a key for each', async () => {
  server().on('/customers', json({ id: 'cus_1' }));
  server().on('/invoiceitems', json({ id: 'ii_1' }));
  await stream('create-customer', SETTINGS, [event('ev_1', { email: 'a@example.com' })]);
  await stream('create-invoice-item', SETTINGS, [event('ev_1', { customer: 'cus_1' })]);
  const keys = ['/customers', '/invoiceitems'].map((path) => asked(path)[0]!.headers['idempotency-key']);
  expect(new Set(keys).size).toBe(2);
});
