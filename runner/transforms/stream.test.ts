/** The record forms for records whose columns nobody declared. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Transform } from '../../crds/index.ts';
import { show } from '../cel/testing/records.ts';
import type { Column, EventMeta, Row } from '../ports.ts';
import { planTransform, streamTransform } from './index.ts';

const META: EventMeta = { id: 'ev_1', type: 'user.seen', key: null, receivedAt: 0, replay: null };
const EVENT: Row = JSON.parse(
  '{"id": 7, "email": "ann@example.com", "gone": null, "amount": "12.5", "on": true, "at": "2026-01-31T10:20:30Z", "user": {"name": "Ann", "geo": {"lat": 1.5, "tags": ["x"]}}, "__proto__": {"admin": true}}',
) as Row;

const after = (...chain: readonly Transform[]): Row | null => {
  let row: Row | null = EVENT;
  for (const [index, spec] of chain.entries()) row = row === null ? null : streamTransform(spec, index)(row, META);
  return row;
};

describe('one event', () => {
  it.each<[Transform[], Row | null]>([
    [[{ select: ['id', 'nothing'] }], { id: 7, nothing: null }],
    [[{ rename: { id: 'key', absent: 'x' } }, { select: ['key', 'x'] }], { key: 7, x: null }],
    [[{ rename: { id: 'on', on: 'id' } }, { select: ['id', 'on'] }], { id: true, on: 7 }],
    [[{ drop: ['email', 'gone', 'amount', 'on', 'at', 'user', '__proto__', 'absent'] }], { id: 7 }],
    [
      [{ set: { half: 'id / 2', name: 'user.name + "!"', none: 'absent' } }, { select: ['half', 'name', 'none'] }],
      { half: 3.5, name: 'Ann!', none: null },
    ],
    [[{ filter: 'id > 5 && on' }, { select: ['id'] }], { id: 7 }],
    [[{ filter: 'id > 7' }], null],
    [[{ filter: 'absent > 1' }], null],
    [
      [
        { cast: { id: 'string', amount: 'decimal(6,2)', gone: 'integer', on: 'integer' } },
        { select: ['id', 'amount', 'gone', 'on'] },
      ],
      { id: '7', amount: 12.5, gone: null, on: 1 },
    ],
    [
      [{ cast: { id: 'integer', at: 'timestamptz', user: 'json' } }, { select: ['id', 'at'] }],
      { id: 7, at: new Date('2026-01-31T10:20:30Z') },
    ],
    [
      [{ mask: { email: 'keep-last', id: 'sha256', gone: 'redact' } }, { select: ['email', 'id', 'gone'] }],
      { email: '***********.com', id: '7902699be42c8a8e46fbbb4501726517e86b22c56a189f7625a6da49081b2451', gone: null },
    ],
    [
      [{ flatten: {} }, { select: ['user_name', 'user_geo_lat', 'user_geo_tags'] }],
      { user_name: 'Ann', user_geo_lat: 1.5, user_geo_tags: ['x'] },
    ],
    [[{ flatten: { depth: 1, separator: '.' } }, { select: ['user.geo'] }], { 'user.geo': { lat: 1.5, tags: ['x'] } }],
    [[{ flatten: { columns: ['id'] } }, { select: ['user'] }], { user: EVENT['user'] }],
  ])('%j', (chain, expected) => {
    expect(after(...chain)).toEqual(expected);
  });

  it.each<[Transform, string]>([
    [{ rename: { id: 'on' } }, "transform[0].rename: there would be two columns 'on'"],
    [{ cast: { email: 'integer' } }, "transform[0].cast: column 'email' holds a value that is no integer"],
    [{ cast: { user: 'integer' } }, "transform[0].cast: column 'user' holds a value that is no integer"],
    [{ set: { x: 'email * 2' } }, 'transform[0].set.x: * does not take string, int'],
    [{ set: { x: 'id / 0' } }, 'transform[0].set.x: division by zero'],
  ])('%j fails the record', (spec, message) => {
    expect(() => after(spec)).toThrow(expect.objectContaining({ code: 'transform_failed', message }) as Error);
  });

  it.each<[Transform, string]>([
    [{ sql: 'select 1' }, 'transform[2].sql: works on batches only'],
    [{ limit: 1 }, 'transform[2].limit: works on batches only'],
    [{ filter: 'id >' }, 'transform[2].filter: Unexpected token'],
    [{ cast: { id: 'int' } }, "transform[2].cast: 'int' is not a type for 'id'"],
  ])('%j is refused before any record', (spec, message) => {
    expect(() => streamTransform(spec, 2)).toThrow(message);
    expect(() => streamTransform(spec, 2)).toThrow(expect.objectContaining({ code: 'invalid_transform' }) as Error);
  });

  it('a column called __proto__ goes through, and changes no object', () => {
    for (const spec of [
      { rename: { id: 'x' } },
      { drop: ['id'] },
      { set: { x: '1' } },
      { mask: { id: 'redact' } },
      { select: ['__proto__'] },
    ] as Transform[]) {
      const row = after(spec)!;
      expect(Object.getPrototypeOf(row)).toBe(Object.prototype);
      expect(Object.getOwnPropertyDescriptor(row, '__proto__')?.value).toEqual({ admin: true });
    }
    expect(Object.getOwnPropertyNames(after({ flatten: {} }))).toContain('__proto___admin');
  });
});

describe('agrees with the form for known columns, for the types that JSON has', () => {
  const columns: readonly Column[] = [
    { name: 'd', type: 'DOUBLE' },
    { name: 's', type: 'VARCHAR' },
    { name: 'b', type: 'BOOLEAN' },
    { name: 'l', type: 'DOUBLE[]' },
    { name: 'o', type: 'STRUCT(x DOUBLE, y VARCHAR)' },
  ];
  const orNull = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null, freq: 4 });
  const double = orNull(fc.double({ noNaN: true, noDefaultInfinity: true }));
  const row = fc.record({
    d: double,
    s: orNull(fc.oneof(fc.string(), fc.constantFrom('1', '2.5', 'true', '2026-01-31'))),
    b: orNull(fc.boolean()),
    l: orNull(fc.array(double, { maxLength: 3 })),
    o: fc.record({ x: double, y: orNull(fc.string()) }),
  });
  const outcome = (form: (row: Row) => Row | null, given: Row): string => {
    try {
      return show(form(given));
    } catch (error) {
      return (error as { code: string }).code;
    }
  };

  it.each<Transform>([
    { rename: { d: 's', s: 'd' } },
    { select: ['o', 'd'] },
    { drop: ['l'] },
    { set: { x: 'd * 2.0 + o.x', s: 's + "!"', n: 'size(l)', m: 'l.map(v, v > 1)', f: 'has(o.y) ? o.y : string(d)' } },
    { set: { x: '10.0 / d', y: 'int(s)', z: 'l[0] == d || b' } },
    { filter: 'd > 0 && s != "a" || !b' },
    { filter: 'l.exists(v, v == d) || o.y in ["a", "b"]' },
    { flatten: {} },
    { mask: { s: 'sha256', d: 'sha256', b: 'redact', o: 'keep-last' } },
    ...['string', 'integer', 'double', 'boolean', 'date', 'timestamptz', 'decimal(9,3)', 'json'].map(
      (type): Transform => ({ cast: { s: type } }),
    ),
    ...['string', 'bigint', 'double', 'decimal(9,3)'].map((type): Transform => ({ cast: { d: type } })),
  ])('%j', (spec) => {
    const known = planTransform(spec, 0, { columns, sources: [] }).record!;
    const unknown = streamTransform(spec, 0);
    const agree = fc.property(row, (given) => {
      expect(outcome((row) => unknown(row, META), given)).toBe(outcome(known, given));
    });
    fc.assert(agree, { numRuns: 300 });
  });
});
