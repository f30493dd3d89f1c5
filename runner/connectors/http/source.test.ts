import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import { rowsOf, testContext, type TestContextOptions } from '../../../test/connector-context.ts';
import { startHttpServer, type Behaviour, type SeenRequest, type TestHttpServer } from '../../../test/servers/http.ts';
import {
  breakOff,
  encoded,
  flood,
  inTurn,
  json,
  ndjson,
  onlyIf,
  paged,
  redirect,
  reset,
  stall,
  text,
} from '../../../test/servers/http-behaviours.ts';
import type { ReadRequest } from '../../ports.ts';
import { resolveSettings } from '../../settings.ts';
import { http } from '../http.ts';
import type { HttpSettings } from './settings.ts';

let server: TestHttpServer;
let duck: DuckDBConnection;
beforeEach(async () => {
  server = await startHttpServer();
  duck = await (await DuckDBInstance.create(':memory:')).connect();
});
afterEach(async () => {
  await server.idle();
  await server.close();
  duck.closeSync();
});

const ROWS = Array.from({ length: 7 }, (_, index) => ({ id: index + 1 }));

async function open(settings: object, request: Partial<ReadRequest> = {}, options: TestContextOptions = {}) {
  const context = testContext(options);
  const resolved = resolveSettings(http, { url: server.url, ...settings }, { pointer: '' }) as HttpSettings;
  return { extract: await http.source!(resolved, context).open({ stream: 'rows', ...request, duck }), context };
}
const read = async (settings: object, request: Partial<ReadRequest> = {}, options: TestContextOptions = {}) =>
  rowsOf((await open(settings, request, options)).extract);

describe('pagination against a server', () => {
  test.each<[string, object, Behaviour, number]>([
    ['page', { pagination: { page: {} } }, paged.page(ROWS, 3), 4],
    ['page from 0', { pagination: { page: { start: 0 } } }, paged.page(ROWS, 3, 0), 4],
    [
      'offset, the server giving less than asked for',
      { pagination: { offset: { sizeParam: 'limit', size: 100 } }, records: 'items' },
      paged.offset(ROWS, 2),
      5,
    ],
    [
      'cursor',
      { pagination: { cursor: { path: 'meta.next', param: 'cursor' } }, records: 'data' },
      paged.cursor(ROWS, 3),
      3,
    ],
    ['next', { pagination: { next: { path: 'links.next' } }, records: '/data' }, paged.next(ROWS, 3), 3],
    ['link', { pagination: { link: {} } }, paged.link(ROWS, 3), 3],
    ['none', {}, json(ROWS), 1],
    ['none, NDJSON', {}, ndjson(ROWS), 1],
    ['none, NDJSON by setting', { format: 'ndjson' }, text(ROWS.map((row) => JSON.stringify(row)).join('\n')), 1],
  ])('%s', async (_name, settings, behaviour, requests) => {
    server.on('/rows', behaviour);
    expect(await read(settings)).toEqual(ROWS);
    expect(server.requests).toHaveLength(requests);
  });

  test('GraphQL: the cursor goes into the body', async () => {
    server.on('/rows', (request, response) => {
      const { variables } = JSON.parse(request.body) as { variables: { after?: string } };
      const nodes = variables.after === undefined ? ROWS.slice(0, 4) : ROWS.slice(4);
      const endCursor = variables.after === undefined ? 'four' : null;
      return json({ data: { rows: { nodes, pageInfo: { endCursor } } } })(request, response);
    });
    const settings = {
      method: 'POST',
      body: { query: 'query', variables: { first: 4 } },
      records: 'data.rows.nodes',
      pagination: { cursor: { path: 'data.rows.pageInfo.endCursor', param: 'variables.after', in: 'body' } },
    };
    expect(await read(settings)).toEqual(ROWS);
    expect(server.requests.map(({ method, body }) => [method, JSON.parse(body)])).toEqual([
      ['POST', { query: 'query', variables: { first: 4 } }],
      ['POST', { query: 'query', variables: { first: 4, after: 'four' } }],
    ]);
  });

  test('a circle, too many pages, and another server are errors', async () => {
    server.on('/rows', json({ data: [1], meta: { next: 'same' } }));
    const cursor = { pagination: { cursor: { path: 'meta.next', param: 'c' } }, records: 'data' };
    await expect(read(cursor)).rejects.toThrow(/circle/);
    expect(server.requests).toHaveLength(2);
    let count = 0;
    server.on('/rows', (request, response) => json([count++])(request, response));
    await expect(read({ pagination: { page: {} }, limits: { pages: 5 } })).rejects.toThrow(/has more than 5 pages/);
    expect(count).toBe(5);
    server.on('/rows', json([1], { link: '<http://other.example/rows?page=2>; rel="next"' }));
    await expect(read({ pagination: { link: {} } })).rejects.toThrow(/another server/);
  });

  test('a sample ends early', async () => {
    server.on('/rows', paged.page(ROWS, 3));
    expect(await read({ pagination: { page: {} } }, { limit: 2 })).toHaveLength(3);
    expect(server.requests).toHaveLength(1);
  });
});

describe('auth against a server', () => {
  const is = (name: string, value: string) => (request: SeenRequest) => request.headers[name] === value;
  test.each<[string, object, (request: SeenRequest) => boolean]>([
    ['bearer', { bearer: { token: 'hush' } }, is('authorization', 'Bearer hush')],
    ['basic', { basic: { username: 'u', password: 'hush' } }, is('authorization', 'Basic dTpodXNo')],
    ['apiKey in a header', { apiKey: { name: 'X-Key', value: 'hush' } }, is('x-key', 'hush')],
    [
      'apiKey in the query',
      { apiKey: { name: 'key', value: 'hush', in: 'query' } },
      ({ query }) => query.get('key') === 'hush',
    ],
    ['header', { header: { value: 'Token hush' } }, is('authorization', 'Token hush')],
  ])('%s, on every page', async (_name, auth, allowed) => {
    for (const [pagination, behaviour] of [
      [{ page: {} }, paged.page(ROWS, 3)],
      [{ link: {} }, paged.link(ROWS, 3)],
    ] as const) {
      server.on('/rows', onlyIf(allowed, behaviour));
      expect(await read({ auth, pagination })).toEqual(ROWS);
    }
    const error = await read({ pagination: { page: {} } }).catch((caught: unknown) => caught);
    expect(error).toMatchObject({
      code: 'source_failed',
      retryable: false,
      message: expect.stringMatching(/answered 401 \(application\/json\)$/) as string,
    });
  });

  test('errors show neither the key nor what the server says', async () => {
    server.on('/rows', json({ echo: 'hush' }, {}, 403));
    const { extract, context } = await open({
      auth: { apiKey: { name: 'key', value: 'hush', in: 'query' } },
      query: { a: 'hush' },
    });
    const error = await rowsOf(extract).catch((caught: unknown) => caught);
    expect(String(error)).toContain(`GET ${server.url}/rows answered 403`);
    expect(`${String(error)} ${JSON.stringify(error)} ${context.lines.join()}`).not.toContain('hush');
  });
});

describe('failures', () => {
  test.each<[string, Behaviour]>([
    ['500', text('oops', {}, 500)],
    ['429 with seconds', text('', { 'retry-after': '0' }, 429)],
    ['503 with a date', text('', { 'retry-after': new Date(0).toUTCString() }, 503)],
    ['408', text('', {}, 408)],
    ['a reset', reset()],
    ['a break in the middle of a page', breakOff('[{"id": 1}, {"id"')],
    ['a stall in the middle of a page', stall('[{"id": 1}, {"id"')],
  ])('%s is tried again, and no row comes twice', async (_name, failure) => {
    server.on('/rows', inTurn(failure, paged.page(ROWS, 3), failure, paged.page(ROWS, 3)));
    expect(await read({ pagination: { page: {} }, timeout: '300ms' })).toEqual(ROWS);
    expect(server.requests).toHaveLength(6);
  });

  test.each([
    [400, false],
    [401, false],
    [404, false],
    [422, false],
    [304, false],
    [501, false],
    [500, true],
    [502, true],
    [429, true],
  ])('%i: tried again: %s', async (status, again) => {
    server.on('/rows', text('', {}, status));
    await expect(read({})).rejects.toMatchObject({ code: 'source_failed', retryable: again });
    expect(server.requests).toHaveLength(again ? 3 : 1);
  });

  test('Retry-After is waited for, up to the limit of the settings', async () => {
    server.on('/rows', inTurn(text('', { 'retry-after': '1' }, 429), json(ROWS)));
    expect(await read({})).toEqual(ROWS);
    const [first, second] = server.requests;
    expect(second!.at - first!.at).toBeGreaterThanOrEqual(990);
    server.on('/rows', text('', { 'retry-after': '3600' }, 429));
    await expect(read({ limits: { retryAfter: '2s' } }, {}, { attempts: 1 })).rejects.toMatchObject({ retryAfter: 2 });
  });

  test.each<[string, Behaviour, object, RegExp]>([
    ['a login page', text('<html>hush</html>', { 'content-type': 'text/html' }), {}, /is not JSON$/],
    ['cut off JSON', text('[{"id": 1}'), {}, /is not JSON$/],
    ['no array', json({ rows: [] }), {}, /an object where the array of records/],
    ['a bad line', text('{"id":1}\n{"id":\n'), { format: 'ndjson' }, /^line 2 of the answer is not JSON$/],
    [
      'a redirect inward',
      redirect('http://169.254.169.254/latest'),
      {},
      /connections to '169.254.169.254' are not allowed/,
    ],
    ['too much', flood('[1,', 5000, {}).behaviour, { limits: { responseBytes: 2000 } }, /larger than 2000 bytes/],
    [
      'too much in all',
      flood('{"a":1}\n', 50_000, {}).behaviour,
      { format: 'ndjson', limits: { totalBytes: 2000 } },
      /all answers together/,
    ],
  ])('%s is an error that is not tried again', async (_name, behaviour, settings, message) => {
    server.on('/rows', behaviour);
    await expect(read(settings)).rejects.toMatchObject({
      message: expect.stringMatching(message) as string,
      retryable: false,
    });
    expect(server.requests).toHaveLength(1);
  });

  test('NDJSON that breaks off fails as one that may be tried again', async () => {
    server.on('/rows', breakOff('{"id":1}\n{"id":2}\n{"i', { 'content-type': 'application/x-ndjson' }));
    await expect(read({})).rejects.toMatchObject({ code: 'source_failed', retryable: true });
  });

  test('abort in the middle of a page ends it at once', async () => {
    server.on('/rows', stall('[{"id":1},'));
    const abort = new AbortController();
    const outcome = expect(read({}, {}, { signal: abort.signal })).rejects.toThrow('cancelled');
    while (server.requests.length === 0) await new Promise(setImmediate);
    abort.abort(new Error('cancelled'));
    await outcome;
    await server.idle(1000);
  });

  test('a reader that stops in the middle leaves no connection', async () => {
    const endless = flood('{"id": 1}\n', 1e9, { 'content-type': 'application/x-ndjson' });
    server.on('/rows', endless.behaviour);
    const { extract } = await open({});
    if (extract.form !== 'rows') throw new Error('rows expected');
    for await (const batch of extract.batches) {
      expect(batch.length).toBeGreaterThan(0);
      break;
    }
    await server.idle(1000);
    expect(endless.sent()).toBeLessThan(50e6);
  });
});

describe('requests', () => {
  test('stream, query and headers', async () => {
    server.on('/v1/rows/x', json([]));
    await read(
      { url: `${server.url}/v1?fields=a%20b`, query: { limit: '5' }, headers: { 'X-Shop': '7' } },
      { stream: '/rows/x?state=open' },
    );
    expect(server.requests[0]?.target).toBe('/v1/rows/x?fields=a%20b&state=open&limit=5');
    expect(server.requests[0]?.headers).toMatchObject({ 'x-shop': '7', 'accept-encoding': 'gzip, br, deflate, zstd' });
  });

  test.each<[object, string | undefined, RegExp]>([
    [{}, 'http://other.example/x', /not a path below/],
    [{}, 'javascript:alert(1)', /not a path below/],
    [{ url: 'http://user:hush@127.0.0.1/' }, undefined, /must not hold a user/],
    [{ body: { a: 1 } }, undefined, /need `method: POST`/],
    [{ pagination: { page: { in: 'body' } } }, undefined, /need `method: POST`/],
    [{ format: 'ndjson', pagination: { next: { path: 'x' } } }, undefined, /NDJSON has no body/],
  ])('%j with stream %s is refused', async (settings, stream, message) => {
    await expect(read(settings, { stream })).rejects.toMatchObject({
      code: 'invalid_settings',
      message: expect.stringMatching(message) as string,
    });
    expect(server.requests).toEqual([]);
  });

  test('a stream that looks like another server stays below the url', async () => {
    await expect(read({}, { stream: '//other.example/x' })).rejects.toThrow(
      `${server.url}/other.example/x answered 404`,
    );
  });

  test.each<[object, object, string]>([
    [
      { param: 'since' },
      { cursor: 'at', after: '2024-01-01 00:00:00', type: 'TIMESTAMP' },
      '?since=2024-01-01T00%3A00%3A00.000Z',
    ],
    [
      { param: 'since', format: 'seconds' },
      { cursor: 'at', after: '2024-01-01 00:00:00', type: 'TIMESTAMP' },
      '?since=1704067200',
    ],
    [{ param: 'min_id' }, { cursor: 'id', after: '17', type: 'BIGINT' }, '?min_id=17'],
    [{ param: 'min_id' }, { cursor: 'id', after: null, type: null }, ''],
  ])('incremental %j', async (incremental, request, expected) => {
    server.on('/rows', json(ROWS));
    const { extract } = await open({ incremental }, { incremental: request as ReadRequest['incremental'] });
    await rowsOf(extract);
    expect(server.requests[0]?.target).toBe(`/rows${expected}`);
    expect(extract.filtered).toBe(false);
  });

  test('large numbers, nested values, and compression', async () => {
    server.on('/rows', encoded('gzip', '[{"id": 9007199254740993, "tags": ["a"], "at": {"x": 1.5}}]'));
    expect(await read({})).toEqual([{ id: 9007199254740993n, tags: ['a'], at: { x: 1.5 } }]);
  });

  test('204 and an empty body are an empty page', async () => {
    server.on('/rows', inTurn(text('', {}, 204), text('')));
    expect(await read({})).toEqual([]);
    expect(await read({})).toEqual([]);
  });

  test('the rate limit holds', async () => {
    server.on('/rows', paged.page(ROWS, 1));
    await read({ pagination: { page: {} }, requestsPerSecond: 50 });
    const times = server.requests.map(({ at }) => at);
    expect(times).toHaveLength(8);
    expect(times.at(-1)! - times[0]!).toBeGreaterThanOrEqual(7 * 20 - 10);
  });
});
