import { afterAll, beforeAll, expect, test } from 'vitest';
import { declare, startTestApi, type TestApi } from '../testing/harness.ts';
import { eventsOf, pipelineId, stream } from '../testing/stream.ts';

let t: TestApi;
beforeAll(async () => {
  t = await startTestApi();
  await declare(t.resources, stream('orders'));
});
afterAll(() => t.close());

test('an event as in the documentation', async () => {
  const event = {
    pipeline_id: pipelineId('orders'),
    event_type: 'order.created',
    payload: { orderId: 'ord_1042', amount: 4999, currency: 'usd' },
    idempotency_key: 'evt-key-3f9c2a',
  };
  const client = await t.as({ scopes: ['ingest'] });
  const answer = await client.post('/v1/events', event);
  expect([answer.status, answer.text]).toEqual([200, expect.any(String)]);
  expect(await eventsOf(t, 'orders')).toMatchObject([{ payload: event.payload, type: event.event_type }]);
});
