import { expect, test } from 'vitest';
import type { DeclaredUse } from '../ports.ts';
import { findConnector } from './index.ts';

const source: DeclaredUse = { role: 'source' };
const destination: DeclaredUse = { role: 'destination' };

const wrong = (connector: string, settings: object, use: DeclaredUse): readonly string[] =>
  (findConnector(connector)!.validate?.(settings, use) ?? []).map(({ pointer, message }) => `${pointer} ${message}`);

test.each<[string, object, DeclaredUse, string]>([
  ['generator', {}, source, '/stream the generator needs a stream or `columns`'],
  ['generator', {}, { ...source, stream: 'cows' }, "/stream the generator has no stream 'cows'"],
  ['generator', { columns: [{ name: 'id' }] }, source, '/settings/columns'],
  [
    'generator',
    { growth: { since: '2024-01-01T00:00:00Z', every: '0s' } },
    { ...source, stream: 'orders' },
    'not be zero',
  ],
  ['file', { path: 'data' }, source, "/settings/path the format of 'data' cannot be told from its name"],
  ['file', { path: 'data' }, { ...source, stream: 'x.xls' }, "/stream the format of 'data/x.xls'"],
  ['file', { path: 'out/', format: 'csv' }, { ...destination, mode: 'overwrite' }, 'can only be appended to'],
  ['file', { path: 'out.json' }, { ...destination, mode: 'append' }, 'a JSON array cannot be appended to'],
  ['http', { url: 'https://api.example.com', body: {} }, source, '/settings `body` and `in: body` need `method: POST`'],
  ['sqlite', { path: 'x.db' }, source, '/stream a source of connector sqlite needs `stream` or `query`'],
  ['duckdb', { path: 'x.duckdb' }, source, '/stream a source of connector duckdb needs `stream` or `query`'],
  ['duckdb', { path: 'x.duckdb' }, { ...destination, stream: 'a.b.c' }, "/stream 'a.b.c' does not name a table"],
])('%s %j as %j: what is wrong is said before any run', (connector, settings, use, expected) => {
  const found = wrong(connector, settings, use);
  expect(found).toHaveLength(1);
  expect(found[0]).toContain(expected);
});

test.each<[string, object, DeclaredUse]>([
  ['generator', {}, { ...source, stream: '${var:STREAM}' }],
  ['generator', { columns: [{ name: 'id', sequence: {} }] }, source],
  ['file', { path: '${env:PLACE}' }, source],
  ['file', { path: 'data' }, { ...source, stream: '${var:FILE}' }],
  ['file', { path: 'out/', format: 'csv' }, destination],
  ['http', { url: '${env:URL}' }, source],
  ['http', { url: 'https://api.example.com', body: {} }, destination],
  ['sqlite', { path: 'x.db' }, { ...source, query: 'SELECT 1' }],
  ['duckdb', { path: 'x.duckdb' }, { ...destination, stream: '${var:T}.a.b' }],
  ['stdout', {}, destination],
])('%s %j as %j: nothing is wrong for sure', (connector, settings, use) => {
  expect(wrong(connector, settings, use)).toEqual([]);
});
