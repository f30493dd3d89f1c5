import { expect, test } from 'vitest';
import { parseTableName } from './names.ts';

test.each([
  ['orders', 'public', 'orders'],
  ['Sales.Orders', 'Sales', 'Orders'],
  ['"a.b"."c ""d"""', 'a.b', 'c "d"'],
  ['sales."with.dot"', 'sales', 'with.dot'],
])('%s', (stream, schema, table) => {
  expect(parseTableName(stream, 'public')).toMatchObject({ schema, table });
});

test.each(['', 'a.b.c', 'a.', '.b', 'a"b', '"a'])('%j names no table', (stream) => {
  expect(() => parseTableName(stream, 'public')).toThrow(/does not name a table/);
});
