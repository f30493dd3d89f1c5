/** The parts of the client that need no server. */
import { getEventListeners } from 'node:events';
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { createConverter } from '../src/convert.ts';
import { apiError, ConnectionError, NotFoundError, RateLimitError, retryAfterOf } from '../src/errors.ts';
import { Headgate } from '../src/index.ts';
import { List, type Page } from '../src/list.ts';
import { requestOf } from '../src/request.ts';
import { waitBefore } from '../src/retry.ts';
import { SseParser, type Block } from '../src/sse.ts';

const converter = createConverter({
  Event: [
    ['event_type', 'eventType'],
    ['attempts', 'attempts', { list: 'Attempt' }],
  ],
  Attempt: [['started_at', 'startedAt']],
  Rejected: [['error_code', 'errorCode']],
});

describe('keys', () => {
  const wire = {
    event_type: 'order.created',
    payload: { order_id: 1, nested: { event_type: 'mine' } },
    attempts: [{ started_at: 'now', duration_ms: 1 }],
  };
  const here = {
    eventType: 'order.created',
    payload: { order_id: 1, nested: { event_type: 'mine' } },
    attempts: [{ startedAt: 'now', duration_ms: 1 }],
  };

  it('of models are converted, those of free maps and those that nobody knows are not', () => {
    expect(converter.decode(wire, 'Event')).toEqual(here);
    expect(converter.encode(here, 'Event')).toEqual(wire);
    expect(converter.encode(wire, 'Event')).toEqual(wire);
  });

  it('of several possible models are found, also in lists, and null stays null', () => {
    const either = { list: { any: ['Event', 'Rejected'] } };
    const items = [{ event_type: 'a' }, { error_code: 'b' }, null];
    expect(converter.decode(items, either)).toEqual([{ eventType: 'a' }, { errorCode: 'b' }, null]);
  });

  it('survive the way there and back whatever the payload is', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (payload) => {
        const value = { eventType: 'x', payload };
        expect(converter.decode(JSON.parse(JSON.stringify(converter.encode(value, 'Event'))), 'Event')).toEqual(
          JSON.parse(JSON.stringify(value)),
        );
      }),
    );
  });
});

describe('requests', () => {
  const operation = {
    method: 'POST',
    path: '/v1/things/{id}',
    query: [['dry_run', 'dryRun']],
    headers: [['If-Match', 'ifMatch']],
    body: { fields: [['batch_size', 'batchSize']] },
  } as const;

  it('put each parameter where it belongs, and what is left over into the body', () => {
    const params = { dryRun: true, ifMatch: '"3"', batchSize: 5, spec: { time_zone: 'UTC' }, nothing: undefined };
    expect(requestOf(operation, ['a/b c'], params, converter)).toEqual({
      method: 'POST',
      path: '/v1/things/a%2Fb%20c?dry_run=true',
      headers: { 'if-match': '"3"' },
      body: '{"batch_size":5,"spec":{"time_zone":"UTC"}}',
    });
  });

  it.each(['', '.', '..'])('have no path of %j', (id) => {
    expect(() => requestOf(operation, [id], {}, converter)).toThrow(/id: an id or a name is needed/);
  });
});

describe('server-sent events', () => {
  const stream =
    '\uFEFFretry: 1500\nid: p0\n\n: still here\n\nid: 1\nevent: log\ndata: {"a":\ndata: 1}\n\nevent: end\rdata\r\r';
  const blocks = [
    { event: 'message', data: null, id: 'p0', retry: 1500 },
    { event: 'log', data: '{"a":\n1}', id: '1', retry: null },
    { event: 'end', data: '', id: '1', retry: null },
  ];
  const read = (pieces: readonly string[]): Block[] => {
    const parser = new SseParser();
    return pieces.flatMap((piece) => parser.push(piece));
  };

  it.each(['\n', '\r\n', '\r'])('are read whatever ends their lines: %j', (end) => {
    expect(read([stream.replaceAll(/\r|\n/g, end) + (end === '\r' ? ': more' : '')])).toEqual(blocks);
  });

  it('are read however they are cut into pieces', () => {
    const text = stream.replaceAll('\n', '\r\n').replaceAll(/(?<!\n)\r(?!\n)/g, '\r\n');
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: text.length }), { maxLength: 12 }), (cuts) => {
        const places = [0, ...cuts.toSorted((one, other) => one - other), text.length];
        expect(read(places.slice(1).map((place, at) => text.slice(places[at], place)))).toEqual(blocks);
      }),
    );
  });
});

describe('retries', () => {
  const problem = (status: number, headers: Record<string, string> = {}): unknown =>
    apiError(status, new Headers(headers), '{}', 0);

  it.each<[string, unknown, boolean, number | null]>([
    ['429 of anything', problem(429), false, 150],
    ['429 with Retry-After', problem(429, { 'retry-after': '2' }), false, 2000],
    ['429 with a Retry-After that is too far away', problem(429, { 'retry-after': '3600' }), true, null],
    ['503 of what may be repeated', problem(503), true, 150],
    ['503 of what may not', problem(503), false, null],
    ['409 while the first attempt is under way', problem(409, { 'retry-after': '1' }), true, 1000],
    ['409', problem(409), true, null],
    ['500', problem(500), true, null],
    ['a broken connection of what may be repeated', new ConnectionError('x'), true, 150],
    ['a broken connection of what may not', new ConnectionError('x'), false, null],
    ['something else', new TypeError('x'), true, null],
  ])('%s', (_name, error, repeatable, wait) => {
    expect(waitBefore(0, error, repeatable, 0)).toBe(wait);
  });

  it('wait longer each time, up to a limit', () => {
    const waits = [0, 1, 2, 3, 20].map((attempt) => waitBefore(attempt, new ConnectionError('x'), true, 1));
    expect(waits).toEqual([300, 600, 1200, 2400, 8000]);
  });

  it('read both forms of Retry-After', () => {
    const now = Date.parse('2026-01-01T00:00:00Z');
    expect(retryAfterOf('Thu, 01 Jan 2026 00:00:05 GMT', now)).toBe(5000);
    expect([retryAfterOf('7', now), retryAfterOf('soon', now), retryAfterOf(null, now)]).toEqual([7000, null, null]);
  });
});

describe('errors', () => {
  it('say what the server said', () => {
    const problem = {
      code: 'not_found',
      detail: 'there is no such thing',
      hint: 'look',
      request_id: 'req_1',
      errors: [],
    };
    const error = apiError(404, new Headers(), JSON.stringify(problem), 0);
    expect(error).toBeInstanceOf(NotFoundError);
    expect(error).toMatchObject({
      status: 404,
      code: 'not_found',
      hint: 'look',
      requestId: 'req_1',
      name: 'NotFoundError',
    });
    expect(error.message).toBe('404 not_found: there is no such thing');
  });

  it('come from pages of proxies too', () => {
    const error = apiError(429, new Headers({ 'x-request-id': 'p1' }), '<html>slow down</html>', 0);
    expect(error).toBeInstanceOf(RateLimitError);
    expect(error).toMatchObject({ code: '', requestId: 'p1', message: '429: <html>slow down</html>' });
  });
});

describe('lists', () => {
  const pages = (asked: unknown[]) => (wish: { limit: number | undefined; cursor: string | undefined }) => {
    asked.push(wish);
    const start = Number(wish.cursor ?? 0);
    const end = Math.min(25, start + (wish.limit ?? 10));
    const data = Array.from({ length: end - start }, (_, at) => start + at);
    const next = end < 25 ? String(end) : null;
    return Promise.resolve<Page<number>>({ data, hasMore: next !== null, nextCursor: next, total: 25 });
  };

  it.each<[object, number, number]>([
    [{}, 25, 3],
    [{ limit: 12 }, 12, 1],
    [{ limit: 12, pageSize: 5 }, 12, 3],
    [{ pageSize: 100 }, 25, 1],
    [{ limit: 0 }, 0, 0],
    [{ cursor: '20' }, 5, 1],
  ])('with %j give %i items in %i requests', async (params, items, requests) => {
    const asked: unknown[] = [];
    expect(await new List(pages(asked), params).all()).toHaveLength(items);
    expect(asked).toHaveLength(requests);
  });

  test('that go in a circle are an error', async () => {
    const circle = (): Promise<Page<number>> =>
      Promise.resolve({ data: [1], hasMore: true, nextCursor: 'a', total: null });
    await expect(new List(circle, {}).all()).rejects.toThrow(/circle/);
  });
});

test('a client without a token, or with an address that is none, says so', () => {
  expect(() => new Headgate({ token: '' })).toThrow(/a token is needed/);
  expect(() => new Headgate({ token: 'x', baseUrl: 'nowhere' })).toThrow(/baseUrl is no address: nowhere/);
  expect(() => new Headgate({ token: 'x', baseUrl: 'file:///etc' })).toThrow(/not of http/);
});

describe('a client', () => {
  const seen: Headers[] = [];
  const client = new Headgate({
    token: 'hg_test',
    baseUrl: 'http://127.0.0.1:9',
    headers: { 'X-Team': 'a', 'USER-AGENT': 'mine' },
    fetch: async (_url, init) => {
      seen.push(new Headers(init?.headers));
      return Response.json({ id: 'pl_1', name: 'orders' });
    },
  });

  it('takes headers of the caller in place of its own, whatever their case', async () => {
    await client.pipelines.get('orders', {}, { headers: { ACCEPT: 'application/yaml', 'x-team': 'b' } });
    const sent = seen.at(-1)!;
    expect([sent.get('accept'), sent.get('x-team')]).toEqual(['application/yaml', 'b']);
    expect(sent.get('authorization')).toBe('Bearer hg_test');
  });

  it('leaves nothing on a signal that is used for many requests', async () => {
    const { signal } = new AbortController();
    for (let count = 0; count < 20; count += 1) await client.pipelines.get('orders', {}, { signal });
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  it('may wait for ever', async () => {
    const pipeline = client.pipelines.get('orders', {}, { timeout: Number.POSITIVE_INFINITY });
    expect((await pipeline).name).toBe('orders');
  });
});
