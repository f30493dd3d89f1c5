import { describe, expect, it } from 'vitest';
import { processorMs } from '../../test/processor-time.ts';
import { parseJson } from '../../store/exact-json.ts';
import { compileEventChecks } from './checks.ts';
import { orderingKey } from './ordering-key.ts';
import { compileSchema, MAX_SCHEMA_TEXT } from './payload-schema.ts';
import { bestMatch } from './type-patterns.ts';

type Schema = Readonly<Record<string, unknown>>;

const DRAFT_07 = 'http://json-schema.org/draft-07/schema#';
/** What the largest payload that is taken may cost, in milliseconds, on a machine that does other things, too. */
const PATIENCE = 2000;

const mismatch = (schema: Schema, payload: unknown): string | null => {
  const found = compileSchema(schema)(payload);
  return found === null ? null : `${found.pointer} ${found.message}`;
};

describe('a payload', () => {
  const order: Schema = {
    type: 'object',
    required: ['id'],
    properties: {
      id: { type: 'string', pattern: '^A-[0-9]+$' },
      amount: { type: 'integer', maximum: 100 },
      state: { enum: ['open', 'paid'] },
      items: { type: 'array', uniqueItems: true, items: { $ref: '#/$defs/item' } },
      either: { anyOf: [{ type: 'string' }, { type: 'object', required: ['x'] }] },
      at: { format: 'date-time' },
      'a/b': { type: 'null' },
    },
    additionalProperties: false,
    $defs: { item: { type: 'object', properties: { price: { type: 'number' } }, unevaluatedProperties: false } },
  };

  it.each<[unknown, string | null]>([
    [{ id: 'A-1', amount: 5, items: [{ price: 1 }, { price: 2 }], at: '2026-11-21T13:00:00Z' }, null],
    [{}, " lacks the field 'id'"],
    [{ id: 'secret' }, '/id must match pattern "^A-[0-9]+$"'],
    [{ id: 'A-1', amount: 'secret' }, '/amount must be integer'],
    [{ id: 'A-1', amount: 5.5 }, '/amount must be integer'],
    [{ id: 'A-1', state: 'secret' }, '/state must be equal to one of the allowed values'],
    [{ id: 'A-1', items: [{ price: 1 }, { price: 'secret' }] }, '/items/1/price must be number'],
    [{ id: 'A-1', items: [{ price: 1 }, { price: 1 }] }, '/items must not have the same item twice'],
    [{ id: 'A-1', items: [{ extra: 1 }] }, '/items/0/extra is no field of the schema'],
    [{ id: 'A-1', either: { y: 'secret' } }, '/either must match a schema in anyOf'],
    [{ id: 'A-1', at: 'secret' }, '/at must match format "date-time"'],
    [{ id: 'A-1', 'a/b': 1 }, '/a~1b must be null'],
    [{ id: 'A-1', 'x~y': 1 }, '/x~0y is no field of the schema'],
    ['secret', ' must be object'],
  ])('%j: %s', (payload, expected) => {
    expect(mismatch(order, payload)).toBe(expected);
  });

  it('keeps its numbers, however long', () => {
    const payload = parseJson('{"n": 9007199254740993, "list": [{"m": 18446744073709551616}]}');
    const schema = {
      properties: { n: { type: 'integer' }, list: { items: { properties: { m: { type: 'number' } } } } },
    };
    expect(mismatch(schema, payload)).toBeNull();
    expect(payload).toEqual({ n: 2n ** 53n + 1n, list: [{ m: 2n ** 64n }] });
    expect(mismatch(order, { id: 'A-1', amount: 2n ** 60n })).toBe('/amount must be <= 100');
  });

  it('is not changed by defaults', () => {
    const payload = {};
    expect(mismatch({ properties: { a: { default: 1 } } }, payload)).toBeNull();
    expect(payload).toEqual({});
  });

  it('both dialects are known, each with its own words', () => {
    const pair = { prefixItems: [{ type: 'string' }] };
    expect(mismatch({ properties: { p: pair } }, { p: [1] })).toBe('/p/0 must be string');
    expect(mismatch({ $schema: DRAFT_07, properties: { p: pair } }, { p: [1] })).toBeNull();
    const items = { items: [{ type: 'string' }] };
    expect(mismatch({ $schema: DRAFT_07, properties: { p: items } }, { p: [1] })).toBe('/p/0 must be string');
    // oxlint-disable-next-line unicorn/no-thenable -- a keyword of JSON Schema
    const condition = { if: { required: ['a'] }, then: { required: ['b'] } };
    expect(mismatch({ $schema: DRAFT_07, ...condition }, { a: 1 })).toBe(" lacks the field 'b'");
  });

  const long = 'a'.repeat(250_000);
  const nested = (depth: number): unknown => JSON.parse(`${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`);
  it.each<[string, Schema, unknown, string | null]>([
    ['a pattern that others stumble over', { pattern: '^(a+)+$' }, `${long}!`, ' must match pattern "^(a+)+$"'],
    ['a format', { format: 'url' }, `http://[${'http://a'.repeat(30_000)}`, ' must match format "url"'],
    ['an address', { format: 'email' }, `${'a.'.repeat(125_000)}@`, ' must match format "email"'],
    [
      'many items',
      { uniqueItems: true },
      Array.from({ length: 80_000 }, (_, n) => (n === 79_999 ? [0] : [n])),
      ' must not have the same item twice',
    ],
    [
      'depth',
      { $ref: '#/$defs/a', $defs: { a: { properties: { a: { $ref: '#/$defs/a' } } } } },
      nested(40_000),
      ' is nested too deeply',
    ],
  ])('of the largest size is checked in time: %s', (_, schema, payload, expected) => {
    const check = compileSchema(schema);
    let found = null as ReturnType<typeof check>;
    expect(processorMs(() => (found = check(payload)))).toBeLessThan(PATIENCE);
    expect(found === null ? null : `${found.pointer} ${found.message}`).toBe(expected);
  });
});

describe('a schema is refused', () => {
  it.each<[string, Schema, string]>([
    ['that is none', { type: 'text' }, 'not a JSON Schema that works here'],
    ['that refers elsewhere', { $ref: 'https://example.com/other.json' }, "can't resolve reference"],
    ['of an unknown dialect', { $schema: 'http://json-schema.org/draft-03/schema#' }, 'the dialect'],
    ['with a pattern that looks ahead', { pattern: '^(?=a)' }, 'the pattern ^(?=a)'],
    ['with a pattern for names that looks back', { patternProperties: { '(?<=a)b': {} } }, 'the pattern (?<=a)b'],
    ['that is asynchronous', { $async: true, type: 'object' }, '`$async` is not supported'],
    ['that is too long', { description: 'x'.repeat(MAX_SCHEMA_TEXT) }, 'is longer than 65536 characters'],
  ])('%s', (_, schema, message) => {
    expect(() => compileSchema(schema)).toThrow(
      expect.objectContaining({
        code: 'invalid_settings',
        message: expect.stringContaining(message) as string,
      }) as Error,
    );
  });

  it('when there are too many', () => {
    const schema = { description: 'x'.repeat(60_000) };
    expect(() =>
      compileEventChecks({ schemas: Object.fromEntries(['a', 'b', 'c', 'd', 'e'].map((type) => [type, schema])) }),
    ).toThrow('the schemas are longer than 262144 characters together');
  });
});

describe('checks of events', () => {
  const needs = (field: string): Schema => ({ required: [field] });
  const check = compileEventChecks({
    types: ['order.*', 'user'],
    schema: needs('all'),
    schemas: {
      'order.*': needs('order'),
      'order.paid*': needs('paid'),
      'order.paid': needs('exact'),
      '*': needs('any'),
    },
  });

  it.each<[string, unknown, string | null]>([
    ['order.new', { all: 1, order: 1 }, null],
    ['order.new', { order: 1 }, "the payload lacks the field 'all'"],
    ['order.new', { all: 1 }, "the payload lacks the field 'order'"],
    ['order.paid', { all: 1, order: 1, paid: 1 }, "the payload lacks the field 'exact'"],
    ['order.paid.late', { all: 1 }, "the payload lacks the field 'paid'"],
    ['user', { all: 1 }, "the payload lacks the field 'any'"],
    ['users', { all: 1, any: 1 }, "the pipeline takes no events of type 'users'"],
    ['order', { all: 1, any: 1 }, "the pipeline takes no events of type 'order'"],
  ])('%s with %j: %s', (type, payload, message) => {
    const refused = check(type, payload);
    expect(refused?.message ?? null).toBe(message);
    if (refused !== null) expect(refused.code).toBe('event_refused');
  });

  it('name the place', () => {
    const at = compileEventChecks({ schema: { properties: { a: { items: { type: 'string' } } } } })('x', {
      a: ['b', 1],
    });
    expect(at).toEqual({ code: 'event_refused', message: 'the payload at /a/1 must be string', at: '/a/1' });
  });

  it('without settings let everything through', () => {
    expect(compileEventChecks({})('anything', {})).toBeNull();
  });

  it('a type called like a member of objects is one like any other', () => {
    expect(bestMatch([['a', 1]])('constructor')).toBeUndefined();
  });
});

describe('an ordering key', () => {
  const payload = { id: 'a', n: 7, big: 2n ** 60n, yes: true, no: null, empty: '', user: { id: 'u', tags: ['x'] } };

  it.each([
    ['id', 'a'],
    ['n', '7'],
    ['big', '1152921504606846976'],
    ['yes', 'true'],
    ['user.id', 'u'],
    ['no', null],
    ['empty', null],
    ['user', null],
    ['user.tags.0', null],
    ['user.id.length', null],
    ['absent', null],
    ['constructor.name', null],
    ['__proto__', null],
  ])('%s is %s', (key, expected) => {
    expect(orderingKey({ key })(payload)).toBe(expected);
  });

  it('is none where nobody says where', () => {
    expect(orderingKey({})(payload)).toBeNull();
  });

  it('is cut to what the log takes, and stays a text', () => {
    const key = orderingKey({ key: 'id' })({ id: `${'x'.repeat(254)}😀 and more` });
    expect(key?.length).toBe(255);
    expect(key?.isWellFormed()).toBe(true);
    expect(orderingKey({ key: 'id' })({ id: 'a\u001b[2J\n\ud800' })).toBe('a\ufffd[2J\ufffd\ufffd');
  });
});
