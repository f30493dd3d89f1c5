import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Column, EventMeta } from '../ports.ts';
import { quoteName } from '../quote.ts';
import { compileCel, compileCondition, evaluateCel, parseDuckType } from './index.ts';

const META: EventMeta = {
  id: 'ev_01jd0000000000000000000000',
  type: 'order.paid',
  key: null,
  receivedAt: Date.UTC(2026, 10, 21, 13, 0, 0, 250),
  replay: null,
};

const COLUMNS: readonly Column[] = [
  { name: 'amount', type: 'INTEGER' },
  { name: 'price', type: 'DECIMAL(12,2)' },
  { name: 'rate', type: 'DOUBLE' },
  { name: 'status', type: 'VARCHAR' },
  { name: 'paid', type: 'BOOLEAN' },
  { name: 'created', type: 'TIMESTAMP' },
  { name: 'tags', type: 'VARCHAR[]' },
  { name: 'address', type: 'STRUCT(city VARCHAR, "in" INTEGER)' },
  { name: 'labels', type: 'MAP(VARCHAR, INTEGER)' },
  { name: 'data', type: 'JSON' },
  { name: 'span', type: 'INTERVAL' },
  { name: 'big', type: 'HUGEINT' },
  { name: 'id', type: 'UUID' },
  { name: 'kind', type: "ENUM('a', 'b')" },
];

let duck: DuckDBConnection;
beforeAll(async () => {
  duck = await (await DuckDBInstance.create(':memory:')).connect();
  await duck.run(`CREATE TABLE t AS SELECT 5::INTEGER AS amount, 12.5::DECIMAL(12,2) AS price, 0.5::DOUBLE AS rate,
    'new' AS status, true AS paid, TIMESTAMP '2026-01-31 10:20:30' AS created, ['x', 'y'] AS tags,
    {'city': 'Bonn', 'in': 3} AS address, MAP {'a': 1} AS labels, '{"a": {"b": 7}, "n": null, "s": "t", "l": [1]}'::JSON AS data,
    INTERVAL 1 DAY AS span, 1::HUGEINT << 100 AS big, 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::UUID AS id, 'b'::ENUM('a', 'b') AS kind`);
});
afterAll(() => duck.closeSync());

const json = async (sql: string): Promise<unknown> =>
  (await duck.runAndReadAll(`SELECT ${sql} FROM t`)).getRowsJson()[0]![0];

describe('SQL of expressions', () => {
  it.each([
    ['amount / 2', '2'],
    ['-7 / 2', '-3'],
    ['amount / 2.0', 2.5],
    ['amount * price', 62.5],
    ['price > 12', true],
    ['big > 1', true],
    ['id == "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"', true],
    ['id.startsWith("a0")', true],
    ['kind == "b" && kind in ["a", "b"]', true],
    ['labels.a + labels["a"]', '2'],
    ['labels.nothing == null', true],
    ['"a" in labels && !("b" in labels)', true],
    ['size(labels)', '1'],
    ['int(data.a.b) + 1', '8'],
    ['double(data.a.b)', 7],
    ['string(data.s)', 't'],
    ['data.n == null && data.nothing == null && data != null', true],
    ['has(data.a) && !has(data.n) && !has(data.z)', true],
    ['int(data.l[0])', '1'],
    ['address["in"]', 3],
    ['created.getMonth()', '0'],
    ['string(created)', '2026-01-31T10:20:30Z'],
    ['created < timestamp("2026-02-01")', true],
  ])('%s', async (expression, value) => {
    expect(await json(compileCel(expression, COLUMNS, 'at').sql)).toEqual(value);
  });
});

describe('what is not an expression over these columns', () => {
  it.each([
    ['amuont > 1', "column 'amuont' not present (did you mean 'amount'?) at 1:1"],
    ['paid &&\n  statu == "x"', "column 'statu' not present (did you mean 'status'?) at 2:3"],
    ['zebra', "column 'zebra' not present at 1:1"],
    ['address.town', "field 'town' not present at 1:1"],
    ['address.cty', "field 'cty' not present (did you mean 'city'?) at 1:1"],
    ['status.city', "string has no field 'city' at 1:1"],
    ['amount + status', '+ does not take int, string at 1:1'],
    ['amount > "5"', '> does not take int, string at 1:1'],
    ['status == 5', 'cannot compare string with int at 1:1'],
    ['paid && amount', '&& takes true or false, not int at 1:9'],
    ['!amount', '! takes true or false, not int'],
    ['amount ? 1 : 2', '?: takes true or false, not int at 1:1'],
    ['paid ? 1 : "x"', 'the two results of ?: have no common type: int, string'],
    ['amount in status', "'in' takes a list or a map on its right, not string"],
    ['status in [1]', 'cannot compare string with int'],
    ['[1, "a"]', 'the items of a list have one type, not both int and string at 1:5'],
    ['{"a": 1, "A": 2}', "field 'A' stands twice"],
    ['{status: 1}', 'the names in {…} are texts in quotes'],
    ['{}', 'an object needs at least one field'],
    ['startsWith(status, "a")', "function 'startsWith' is not known"],
    ['status.startswith("a")', "function 'startswith' is not known (did you mean 'startsWith'?)"],
    ['status.startsWith()', 'startsWith() does not take 1 arguments'],
    ['status.startsWith(1)', 'startsWith() does not take string, int'],
    ['math.floo(1.0)', "function 'math.floo' is not known (did you mean 'math.floor'?)"],
    ['status.constructor("x")', "function 'constructor' is not known"],
    ['toString()', "function 'toString' is not known"],
    ['has(amount)', 'has() takes a field'],
    ['tags.exists(t, t)', 'exists takes true or false, not string'],
    ['amount.exists(x, true)', 'exists() takes a list, not int'],
    ['tags["0"]', "list(string) has no field '0'"],
    ['tags[1.5]', 'an index is an int, not double'],
    ['amount[0]', 'int has no items'],
    ['data.a == 1', 'cannot compare json with int'],
    ['data.a + 1', '+ does not take json, int'],
    ['span > duration("1h")', '> does not take INTERVAL, duration'],
    ['duration("1h")', 'the result is a duration, which is no type of a column'],
    ['duration("1 hour") > duration("1s")', 'a duration is written "1h30m" or "1.5s"'],
    ['duration(status) > duration("1s")', 'duration() takes a literal there'],
    ['status.matches(status)', 'matches() takes a literal there'],
    ['status.matches("(a")', 'the pattern is not valid'],
    ['status.matches("(?=a)")', 'the pattern is not valid'],
    ['status.matches("(a)\\\\1")', 'is not supported in a pattern'],
    ['status.matches("a{1001}")', 'a repetition goes up to 1000'],
    ['created.getHours("Mars/Olympus")', "'Mars/Olympus' is not a time zone"],
    ['timestamp("2026-02-30")', 'timestamp() takes a text such as'],
    ['9223372036854775808', 'the integer is out of range'],
    ['-9223372036854775809', 'the integer is out of range'],
    ['1u', 'unsigned integers are not supported'],
    ['record', "'record' is the whole record"],
    ['record[status]', 'record[…] takes a literal column name'],
    ['1 +', 'Unexpected token: EOF at 1:4'],
    ['"abc', 'Unterminated string at 1:1'],
    ['status == "a" "b"', 'at 1:15'],
    ['', 'Unexpected token: EOF'],
    ['package', 'Reserved identifier: package'],
    ['a.?b', 'Expected IDENTIFIER'],
    ['x'.repeat(10) + '('.repeat(200), 'at: '],
    [Array.from({ length: 3000 }, () => '1').join(' + '), 'at: '],
    ['"a\\u0000b"', 'a text cannot hold the character U+0000'],
  ])('%s', (expression, message) => {
    expect(() => compileCel(expression, COLUMNS, 'at')).toThrow(message);
    expect(() => compileCel(expression, COLUMNS, 'transform[1].filter')).toThrow(/^transform\[1\]\.filter: /);
  });

  it('a condition that is no condition', () => {
    expect(() => compileCondition('amount', COLUMNS, 'at')).toThrow('at: the expression is int, not true or false');
  });

  it('an expression whose guards make it huge', () => {
    const nested = Array.from({ length: 14 }).reduce<string>((inner) => `1 / (${inner})`, 'amount');
    expect(() => compileCel(nested, COLUMNS, 'at')).toThrow('at: the expression is too large');
  });
});

describe('names and texts cannot break out of the SQL', () => {
  const NASTY = [
    'a"b',
    "a'b",
    'a\\',
    '"; DROP TABLE t; --',
    "' OR 1=1 --",
    'a b',
    'ünï😀',
    '$1',
    '?',
    '%s',
    'select',
    '${x}',
    '\u2028',
    '""',
    "''",
    'a\nb',
    '*/',
    '/*',
  ];

  it.each(NASTY)('%s', async (nasty) => {
    const columns = [
      { name: nasty, type: 'VARCHAR' },
      { name: 'o', type: `STRUCT(${quoteName(nasty)} INTEGER)` },
    ];
    const literal = JSON.stringify(nasty);
    await duck.run(
      `CREATE OR REPLACE TABLE n AS SELECT CAST(? AS VARCHAR) AS ${quoteName(nasty)}, CAST(row(3) AS STRUCT(${quoteName(nasty)} INTEGER)) AS o`,
      [nasty],
    );
    const row = { [nasty]: nasty, o: { [nasty]: 3 } };
    for (const [expression, value] of [
      [`record[${literal}]`, nasty],
      [`record[${literal}] == ${literal}`, true],
      [`record[${literal}] in [${literal}, "x"]`, true],
      [`record[${literal}].contains(${literal})`, true],
      [`record[${literal}].replace(${literal}, "")`, ''],
      [`o[${literal}]`, 3],
      [`{${literal}: 1}[${literal}] == 1`, true],
      [`int("x" + record[${literal}])`, null],
    ] as const) {
      const { sql, evaluate } = compileCel(expression, columns, `at ${nasty}`);
      if (value === null) {
        await expect(duck.run(`SELECT ${sql} FROM n`)).rejects.toThrow(`at ${nasty}: int() takes`);
        continue;
      }
      const reader = await duck.runAndReadAll(`SELECT ${sql} FROM n`);
      expect(reader.getRowsJson()[0]![0]).toEqual(value);
      expect(evaluate(row)).toEqual(value);
    }
  });

  it('inherited members of objects are no columns', () => {
    expect(evaluateCel('constructor == null && record["__proto__"] == null', 'at')({}, META)).toBe(true);
  });
});

describe('records whose columns nobody declared', () => {
  const event = { n: 5, half: 2.5, s: 'text', ok: true, l: [1, 2], o: { city: 'Bonn', deep: { x: 1 } }, nothing: null };
  it.each([
    ['n / 2', 2.5],
    ['n % 2', 1],
    ['n + 1 == 6 && half * 2 == n', true],
    ['n > 4.5 && n >= 5', true],
    ['o.city + "!"', 'Bonn!'],
    ['o.deep.x + l[1]', 3],
    ['o["city"] == "Bonn"', true],
    ['missing == null && o.missing == null && l[9] == null', true],
    ['missing > 1', null],
    ['has(o.city) && !has(o.town) && has(record.s) && !has(record.t)', true],
    ['s in ["text"] && 2 in l && "city" in o', true],
    ['l.map(x, x * 2)', [2, 4]],
    ['l.exists(x, x == 2) && l.all(x, x > 0)', true],
    ['size(s) + size(l) + size(o)', 8],
    ['s.startsWith("te") && s.matches("^t..t$")', true],
    ['string(n) + string(half)', '52.5'],
    ['int(n) / 2', 2],
    ['ok && !nothing', null],
    ['ok ? n : s', 5],
    ['coalesce(missing, s)', 'text'],
    ['math.round(half)', 3],
    ['timestamp("2026-01-31").getFullYear() == 2026', true],
  ])('%s', (expression, value) => {
    expect(evaluateCel(expression, 'at')(event, META)).toEqual(value);
  });

  it.each([
    ['s > n', 'at: > does not take string, double'],
    ['n / 0', 'at: division by zero'],
    ['s - 1', 'at: - does not take string, int'],
    ['s.getHours()', 'at: getHours() does not take string'],
    ['int(s)', 'at: int() takes a text of digits'],
  ])('%s fails for the record', (expression, message) => {
    expect(() => evaluateCel(expression, 'at')(event, META)).toThrow(message);
  });
});

describe('the event around a record', () => {
  const row = { type: 'own type', event: { id: 'own id', name: 'x' }, list: [{ id: 1 }] };

  it.each([
    ['event.id', META.id],
    ['event["type"]', 'order.paid'],
    ['event.type.startsWith("order.") && event.type != type', true],
    ['event.key', null],
    ['has(event.key)', false],
    ['coalesce(event.key, "none")', 'none'],
    ['event.received_at', new Date('2026-11-21T13:00:00.250Z')],
    ['event.received_at > timestamp("2026-11-21T13:00:00Z")', true],
    ['event.received_at.getHours()', 13],
    ['record.event.id', 'own id'],
    ['record["event"].name', 'x'],
    ['list.exists(event, event.id == 1)', true],
    ['list.map(item, event.type)', ['order.paid']],
  ])('%s', (expression, value) => {
    expect(evaluateCel(expression, 'at')(row, META)).toEqual(value);
  });

  it('is that of each record', () => {
    const type = evaluateCel('event.type', 'at');
    expect(['a', 'b'].map((name) => type({}, { ...META, type: name }))).toEqual(['a', 'b']);
  });

  it.each([
    ['event.name', "at: field 'name' not present"],
    ['event.received', "at: field 'received' not present (did you mean 'received_at'?)"],
    ['event == "click"', 'at: cannot compare struct with string'],
    ['event.type > 5', 'at: > does not take string, int'],
  ])('%s is refused, and the message says where a column of that name is', (expression, message) => {
    expect(() => evaluateCel(expression, 'at')).toThrow(message);
    expect(() => evaluateCel(expression, 'at')).toThrow(
      expect.objectContaining({ hint: expect.stringContaining('record.event') as string }) as Error,
    );
  });

  it('is a column like any other in a batch', () => {
    const columns: Column[] = [{ name: 'event', type: 'STRUCT(x INTEGER)' }];
    expect(compileCel('event.x', columns, 'at').evaluate({ event: { x: 3 } })).toBe(3);
    expect(() => compileCel('event.id', [], 'at')).toThrow("column 'event' not present");
  });
});

describe('what is wrong whatever the records are', () => {
  it.each([
    ['s.matches(t)', 'at: matches() takes a literal there at 1:1'],
    ['s.matches("(")', 'at: the pattern is not valid: a ) is missing at 1:1'],
    ['s.getHours("Mars")', "at: 'Mars' is not a time zone"],
    ['s.startsWith()', 'at: startsWith() does not take 1 arguments'],
    ['s.foo()', "at: function 'foo' is not known"],
    ['timestamp("soon") > s', 'at: timestamp() takes a text such as'],
  ])('%s', (expression, message) => {
    expect(() => evaluateCel(expression, 'at')).toThrow(message);
  });
});

describe('DuckDB types', () => {
  it.each([
    ['INTEGER', 'int'],
    ['DECIMAL(12,2)', 'decimal'],
    ['VARCHAR[]', 'list'],
    ['INTEGER[3]', 'list'],
    ['STRUCT(a INTEGER, "b c" STRUCT("x""y, (" VARCHAR))[]', 'list'],
    ['MAP(VARCHAR, DECIMAL(4,1)[])', 'map'],
    ["ENUM('a, (', 'it''s')", 'string'],
    ['TIMESTAMP WITH TIME ZONE', 'timestamp'],
    ['UNION(a INTEGER, b VARCHAR)', 'other'],
    ['BIT', 'other'],
  ])('%s', (sql, kind) => {
    expect(parseDuckType(sql)).toMatchObject({ kind, sql });
  });

  it('reads the fields of objects', () => {
    expect(parseDuckType('STRUCT(a INTEGER, "b c" STRUCT("x""y, (" VARCHAR))')).toMatchObject({
      fields: [
        { name: 'a', type: { kind: 'int' } },
        { name: 'b c', type: { fields: [{ name: 'x"y, (', type: { kind: 'string' } }] } },
      ],
    });
  });
});

it('macros inside of macros look at so many items of a record and no more', () => {
  const nested = evaluateCel('items.all(a, items.all(b, items.all(c, a + b + c >= 0)))', 'transform[0].filter');
  const items = (count: number): { items: number[] } => ({ items: Array.from({ length: count }, (_, n) => n) });
  expect(nested(items(20), META)).toBe(true);
  expect(() => nested(items(200), META)).toThrow(
    expect.objectContaining({
      code: 'transform_failed',
      message: expect.stringContaining('1,000,000 items') as string,
    }),
  );
  // The next record starts anew.
  for (let n = 0; n < 200; n++) expect(nested(items(20), META)).toBe(true);
});
