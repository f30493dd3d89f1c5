/** What reading asks for, and where it does not go. */
import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ConnectorSpec } from '../../../crds/index.ts';
import { rowsOf, testContext } from '../../../test/connector-context.ts';
import { startHttpServer, type TestHttpServer } from '../../../test/servers/http.ts';
import { inTurn, json, redirect, text } from '../../../test/servers/http-behaviours.ts';
import type { ReadRequest, Row } from '../../ports.ts';
import { resolveSettings } from '../../settings.ts';
import { declaredConnector } from './connector.ts';

let server: TestHttpServer;
let other: TestHttpServer;
let duck: DuckDBConnection;
beforeEach(async () => {
  server = await startHttpServer();
  other = await startHttpServer();
  duck = await (await DuckDBInstance.create(':memory:')).connect();
});
afterEach(async () => {
  await server.close();
  await other.close();
  duck.closeSync();
});

type Stream = NonNullable<ConnectorSpec['streams']>[number];

async function read(
  stream: Partial<Stream>,
  more: Partial<ConnectorSpec> = {},
  request: Partial<ReadRequest> = {},
): Promise<{ rows: readonly Row[]; filtered: boolean }> {
  const spec: ConnectorSpec = {
    title: 'T',
    summary: 'S',
    baseUrl: `${server.url}/api`,
    streams: [{ name: 'all', path: 'all', ...stream }],
    ...more,
  };
  const connector = declaredConnector('test', spec);
  const settings = resolveSettings(connector, {}, { pointer: '' });
  const extract = await connector.source!(settings, testContext()).open({ ...request, duck });
  if (extract.form !== 'rows') throw new Error('declared connectors read rows');
  return { rows: await rowsOf(extract), filtered: extract.filtered };
}

const OAUTH = () => ({
  auth: { clientCredentials: { tokenUrl: `${server.url}/token`, clientId: 'c', clientSecret: 's' } },
});
const ALL = '/api/all';

test('integers keep their digits, in what is read and in what is asked with', async () => {
  server.on(ALL, text('[{"id": 9007199254740993, "of": {"id": 12345678901234567890}}]'));
  const { rows } = await read({
    method: 'POST',
    body: { above: '${9007199254740995}' },
    record: { id: '${record.id}', inner: '${record.of.id}' },
  });
  expect(rows).toEqual([{ id: 9007199254740993n, inner: 12345678901234567890n }]);
  expect(server.requests[0]!.body).toBe('{"above":9007199254740995}');
});

test('an access token goes neither to the server of the next page nor behind a redirect to another one', async () => {
  server.on('/token', json({ access_token: 'at-hush' }));
  other.on('/x', json([{ id: 1 }]));
  server.on(ALL, json({ data: [{ id: 1 }], next: `${other.url}/x` }));
  await expect(read({ records: 'data', pagination: { next: { path: 'next' } } }, OAUTH())).rejects.toThrow(
    'another server',
  );
  expect(other.requests).toEqual([]);
  server.on(ALL, redirect(`${other.url}/x`));
  expect((await read({}, OAUTH())).rows).toEqual([{ id: 1 }]);
  expect(other.requests.map(({ headers }) => headers.authorization)).toEqual([undefined]);
  expect(server.requests.at(-1)!.headers.authorization).toBe('Bearer at-hush');
});

test('a token that stays refused is renewed once, and the token is not shown', async () => {
  server.on('/token', json({ access_token: 'at-hush-12' }));
  server.on(ALL, json({ message: 'at-hush-12 is not for you' }, {}, 401));
  const answers = [{ as: 'failed' as const, message: 'body.message' }];
  const error = await read({}, { ...OAUTH(), answers }).catch((reason: unknown) => reason as Error);
  expect((error as Error).message).toContain('is not for you');
  expect((error as Error).message).not.toContain('at-hush-12');
  expect(server.requests.map(({ path }) => path)).toEqual(['/token', ALL, '/token', ALL]);
});

test('values of a query are escaped, and those of the last run asked for again as far as `lookback` says', async () => {
  server.on(ALL, json([]));
  const settings = { tag: { description: 'T', default: 'a&b=c#d é' } };
  const incremental = { cursor: 'at', param: 'since[gte]', format: 'rfc3339' as const, lookback: '1h' };
  const asked = { cursor: 'at', after: '2024-01-01 01:00:00', type: 'TIMESTAMP' };
  const { filtered } = await read(
    { query: { tag: '${settings.tag}' }, incremental },
    { settings },
    { incremental: asked },
  );
  expect(filtered).toBe(true);
  expect(Object.fromEntries(server.requests[0]!.query)).toEqual({
    tag: 'a&b=c#d é',
    'since[gte]': '2024-01-01T00:00:00.000Z',
  });
});

test('a cursor that comes again ends in an error, an empty page with a cursor does not end the reading', async () => {
  const pagination = { cursor: { path: 'next', param: 'c' } };
  server.on(ALL, inTurn(json({ d: [], next: 'a' }), json({ d: [{ id: 1 }], next: 'b' }), json({ d: [], next: 'a' })));
  await expect(read({ records: 'd', pagination })).rejects.toThrow('the pages lead in a circle');
  expect(server.requests).toHaveLength(3);
});

test('records that are missing are an error that names what is there', async () => {
  server.on(ALL, json({ items: [] }));
  await expect(read({ records: 'data' })).rejects.toMatchObject({ hint: expect.stringContaining('items') });
});

test('a path does not lead out of the base', async () => {
  const settings = { path: { description: 'P', default: '../admin' } };
  await expect(read({ path: '${settings.path}' }, { settings })).rejects.toThrow('not a path below');
  expect(server.requests).toEqual([]);
});
