import { expect, test } from 'vitest';
import { json, onlyIf, paged, text } from '../../../test/servers/http-behaviours.ts';
import { event, subject } from './testing/subject.ts';

const { server, asked, read, load, stream } = subject('rest');
const ROWS = Array.from({ length: 250 }, (_, id) => ({ id }));

test('pages that are counted, with a bearer token', async () => {
  server().on(
    '/v1/orders',
    onlyIf(({ headers }) => headers.authorization === 'Bearer hush', paged.page(ROWS, 100)),
  );
  const rows = await read('records', {
    baseUrl: `${server().url}/v1`,
    path: 'orders',
    token: 'hush',
    pageParam: 'page',
  });
  expect(rows).toEqual(ROWS);
});

test('a cursor in the body, a key in a header, and only what is new', async () => {
  server().on('/orders', (request, response) => {
    const second = request.query.get('after') === 'x';
    return json({
      data: { items: [{ id: second ? 2 : 1, updated_at: '2024-02-01T00:00:00Z' }] },
      next: second ? null : 'x',
    })(request, response);
  });
  const settings = {
    path: 'orders?status=open',
    apiKey: 'hush',
    records: 'data.items',
    cursorPath: 'next',
    cursorParam: 'after',
    sizeParam: 'limit',
    sinceParam: 'since',
  };
  const rows = await read('records', settings, { incremental: { cursor: 'updated_at', initial: '2024-01-01' } });
  expect(rows.map(({ id }) => id)).toEqual([1, 2]);
  const [first] = asked('/orders');
  expect(Object.fromEntries(first!.query)).toEqual({ status: 'open', since: '2024-01-01', limit: '100' });
  expect(first!.headers['x-api-key']).toBe('hush');
});

test('one page without settings; OAuth with client credentials and HTTP Basic', async () => {
  server().on('/', json([{ id: 1 }]));
  server().on('/token', json({ access_token: 't', expires_in: 60 }));
  const oauth = { tokenUrl: `${server().url}/token`, clientId: 'c', clientSecret: 's', scope: 'read' };
  expect(await read('records', oauth)).toEqual([{ id: 1 }]);
  expect(asked('/token')[0]!.body).toBe('grant_type=client_credentials&scope=read&client_id=c&client_secret=s');
  expect(asked('/')[0]!.headers['authorization']).toBe('Bearer t');
  await read('records', { username: 'u', password: 'p' });
  expect(asked('/')[1]!.headers['authorization']).toBe('Basic dTpw');
});

test('sends records one by one from a stream, and in arrays from a batch', async () => {
  server().on('/in', text('', {}, 204));
  await stream('send', { path: 'in' }, [event('ev_1', { id: 1 }), event('ev_2', { id: 2 })]);
  expect(asked('/in').map(({ body, headers }) => [body, headers['idempotency-key']])).toEqual([
    ['{"id":1}', 'ev_1-send'],
    ['{"id":2}', 'ev_2-send'],
  ]);
  await load('send-batch', { path: 'in' }, ROWS);
  expect(
    asked('/in')
      .slice(2)
      .map(({ body }) => (JSON.parse(body) as unknown[]).length),
  ).toEqual([100, 100, 50]);
});

test('a path does not lead to another server', async () => {
  await expect(read('records', { path: 'https://other.example.com/x' })).rejects.toThrow('not a path below');
});
