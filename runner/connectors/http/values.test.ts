import { describe, expect, test } from 'vitest';
import { checkedHeaders, credentialsOf } from './auth.ts';
import { contentTypeOf, encodeBatch } from './encode.ts';
import { parseJson } from '../../../store/exact-json.ts';
import { valueAt, withValueAt } from './json.ts';
import { recordOfLine, recordsOf } from './records.ts';
import type { Auth } from './auth-settings.ts';
import { formatSince } from './since.ts';
import { isRetryable, retryAfterSeconds } from './status.ts';
import { addQuery } from './target.ts';

test.each<[string, unknown]>([
  ['9007199254740991', 9007199254740991],
  ['9007199254740993', 9007199254740993n],
  ['-9223372036854775808', -9223372036854775808n],
  ['340282366920938463463374607431768211456', '340282366920938463463374607431768211456'],
  ['{"a": [12345678901234567890, 1]}', { a: [12345678901234567890n, 1] }],
  ['"9007199254740993"', '9007199254740993'],
  ['{"a":9007199254740993}', { a: 9007199254740993n }],
  ['[\n\t-9007199254740993,\r9007199254740993]', [-9007199254740993n, 9007199254740993n]],
  ['[0,-1.5E+999]', [0, '-1.5E+999']],
  ['["x: 9007199254740993", 9007199254740993]', ['x: 9007199254740993', 9007199254740993n]],
  ['0.1234567890123456', 0.1234567890123456],
  ['1e400', '1e400'],
  ['1.5e300', 1.5e300],
  ['-0', -0],
  ['[true, null, "\\u00fc"]', [true, null, 'ü']],
])('parseJson %s', (text, expected) => expect(parseJson(text)).toEqual(expected));

test.each<[string, unknown]>([
  ['a.b', 1],
  ['/a/b', 1],
  ['list.1', 'y'],
  ['/x~1y/z~0', 2],
  ['/a.b', 3],
  ['nothing.here', undefined],
  ['toString', undefined],
  ['list.length', 2],
])('valueAt %s', (path, expected) => {
  expect(valueAt({ a: { b: 1 }, list: ['x', 'y'], 'x/y': { 'z~': 2 }, 'a.b': 3 }, path)).toEqual(expected);
});

test.each<[string, unknown]>([
  ['a', { a: 9, keep: { k: 1 } }],
  ['keep.x', { keep: { k: 1, x: 9 } }],
  ['/new/deep/er', { keep: { k: 1 }, new: { deep: { er: 9 } } }],
  ['keep.k.x', { keep: { k: { x: 9 } } }],
])('withValueAt %s', (path, expected) => {
  const document = { keep: { k: 1 } };
  expect(withValueAt(document, path, 9)).toEqual(expected);
  expect(document).toEqual({ keep: { k: 1 } });
});

describe('records', () => {
  test.each<[unknown, string | undefined, unknown]>([
    [[{ a: 1 }], undefined, [{ a: 1 }]],
    [{ data: { items: [{ a: 1 }] } }, 'data.items', [{ a: 1 }]],
    [{ data: null }, 'data', []],
    [{ a: 1 }, '.', [{ a: 1 }]],
    [[1, null, [2]], undefined, [{ value: 1 }, { value: null }, { value: [2] }]],
  ])('%j at %s', (body, path, expected) => expect(recordsOf(body, path)).toEqual(expected));

  test.each<[unknown, string | undefined, RegExp, RegExp]>([
    [{ items: [], total: 3 }, undefined, /an object where the array/, /arrays in the body: items/],
    [{ items: [] }, 'itmes', /nothing where the array/, /arrays in the body: items/],
    ['hush', undefined, /a string where the array/, /name the array/],
    [{ items: 'hush' }, 'items', /a string where the array/, /correct `records`/],
  ])('%j at %s is an error', (body, path, message, hint) => {
    expect(() => recordsOf(body, path)).toThrow(
      expect.objectContaining({
        message: expect.stringMatching(message) as string,
        hint: expect.stringMatching(hint) as string,
      }) as Error,
    );
  });

  test('a bad line is named by its number and not quoted', () => {
    expect(() => recordOfLine('{"password": hush}', 7)).toThrow(/^line 7 of the answer is not JSON$/);
  });
});

test.each<[string, string | null, 'auto' | 'raw' | 'rfc3339' | 'date' | 'seconds' | 'milliseconds', string]>([
  ['42', 'BIGINT', 'auto', '42'],
  ['abc', 'VARCHAR', 'auto', 'abc'],
  ['2024-02-29 12:34:56.123456', 'TIMESTAMP', 'auto', '2024-02-29T12:34:56.123Z'],
  ['2024-02-29 12:34:56+00', 'TIMESTAMP WITH TIME ZONE', 'auto', '2024-02-29T12:34:56.000Z'],
  ['2024-02-29 12:34:56.5+05:30', 'TIMESTAMPTZ', 'rfc3339', '2024-02-29T07:04:56.500Z'],
  ['2024-02-29', 'DATE', 'auto', '2024-02-29'],
  ['2024-02-29 23:00:00', 'TIMESTAMP', 'date', '2024-02-29'],
  ['2024-02-29T23:00:00Z', 'VARCHAR', 'seconds', '1709247600'],
  ['1969-12-31 23:59:59.5', 'TIMESTAMP', 'seconds', '-1'],
  ['2024-02-29 23:00:00.25', 'TIMESTAMP', 'milliseconds', '1709247600250'],
  ['2024-02-29 23:00:00', 'TIMESTAMP', 'raw', '2024-02-29 23:00:00'],
])('formatSince %s %s %s', (after, type, format, expected) => expect(formatSince(after, type, format)).toBe(expected));

test('formatSince refuses what is no time', () => {
  expect(() => formatSince('hush', 'VARCHAR', 'seconds')).toThrow("the cursor's last value is no time");
});

test.each<[string | string[] | undefined, number | undefined]>([
  ['120', 120],
  ['0', 0],
  ['999999', 900],
  ['Thu, 01 Jan 2026 00:01:00 GMT', 60],
  ['Thu, 01 Jan 2026 09:00:00 GMT', 900],
  ['Thu, 01 Jan 2015 00:00:00 GMT', 0],
  [['7', '9'], 7],
  ['Thu Jan  1 00:02:00 2026', 120],
  ['soon', undefined],
  ['-1', undefined],
  ['1.5', undefined],
  ['', undefined],
  [undefined, undefined],
])('Retry-After %s', (header, expected) => {
  expect(retryAfterSeconds(header, Date.parse('2026-01-01T00:00:00Z'), 900)).toBe(expected);
});

test('which statuses are worth another try', () => {
  const all = Array.from({ length: 200 }, (_, index) => 400 + index).filter((status) => isRetryable(status));
  expect(all.slice(0, 5)).toEqual([408, 425, 429, 500, 502]);
  expect([501, 505, 508, 510, 511].filter((status) => isRetryable(status))).toEqual([]);
});

describe('auth', () => {
  test.each<[Auth | undefined, object]>([
    [undefined, { headers: {}, query: {} }],
    [{ bearer: { token: 't' } }, { headers: { authorization: 'Bearer t' }, query: {} }],
    [{ basic: { username: 'ü', password: 'p:q' } }, { headers: { authorization: 'Basic w7w6cDpx' }, query: {} }],
    [{ apiKey: { name: 'X-Key', value: 'k' } }, { headers: { 'x-key': 'k' }, query: {} }],
    [{ apiKey: { name: 'key', value: 'k', in: 'query' } }, { headers: {}, query: { key: 'k' } }],
    [{ header: { name: 'Authorization', value: 'Token t' } }, { headers: { authorization: 'Token t' }, query: {} }],
  ])('%j', (auth, expected) => expect(credentialsOf(auth)).toEqual(expected));

  test.each<[Auth, RegExp]>([
    [{ bearer: { token: 'hush\r\nx: y' } }, /^'auth.bearer.token' holds a character/],
    [{ basic: { username: 'a:b', password: 'hush' } }, /must not hold a colon/],
    [{ apiKey: { name: 'bad name', value: 'hush' } }, /has no valid header name/],
    [{ header: { name: 'Host', value: 'hush' } }, /set by the client itself/],
  ])('%j is refused', (auth, message) => {
    expect(() => credentialsOf(auth)).toThrow(message);
    expect(() => credentialsOf(auth)).not.toThrow(/hush/);
  });

  test('headers of the settings', () => {
    expect(checkedHeaders({ 'X-A': '1', Accept: 'text/csv' })).toEqual({ 'x-a': '1', accept: 'text/csv' });
    expect(() => checkedHeaders({ 'X-A': 'a\nb' })).toThrow("'headers.X-A' holds a character");
  });
});

test.each([
  ['', { a: '1' }, '?a=1'],
  ['?x=%20&y=+', { a: 'b c&d' }, '?x=%20&y=+&a=b%20c%26d'],
  ['?a=1&b=2&a=3', { a: '9' }, '?b=2&a=9'],
  ['?%61=1', { a: '9' }, '?a=9'],
  ['?a=1&a=2', {}, '?a=1&a=2'],
])('addQuery %s', (search, params, expected) => {
  const url = new URL(`http://x/${search}`);
  addQuery(url, params);
  expect(url.search).toBe(expected);
});

test.each([new Uint8Array([0, 255]), Buffer.from([0, 255])])('bytes become base64: %o', (bytes) => {
  expect(encodeBatch([{ bytes, list: [bytes] }], { body: 'single' })).toBe('{"bytes":"AP8=","list":["AP8="]}');
});

test('encodeBatch in each form', () => {
  const rows = [
    { a: 9007199254740993n, b: new Uint8Array([0, 255]) },
    { a: new Date(0), b: null },
  ];
  const [first, second] = ['{"a":9007199254740993,"b":"AP8="}', '{"a":"1970-01-01T00:00:00.000Z","b":null}'];
  expect(encodeBatch(rows, undefined)).toBe(`[${first},${second}]`);
  expect(encodeBatch(rows, { body: 'wrapped', wrapper: 'items' })).toBe(`{"items":[${first},${second}]}`);
  expect(encodeBatch(rows, { body: 'ndjson' })).toBe(`${first}\n${second}\n`);
  expect(encodeBatch(rows.slice(0, 1), { body: 'single' })).toBe(first);
  expect([contentTypeOf(undefined), contentTypeOf({ body: 'ndjson' })]).toEqual([
    'application/json',
    'application/x-ndjson',
  ]);
});
