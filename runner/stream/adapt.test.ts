import { describe, expect, it } from 'vitest';
import type { Row } from '../ports.ts';
import { columnsOf } from './adapt.ts';

describe('columns of records', () => {
  it.each<[string, readonly Row[], string]>([
    ['integers', [{ a: 1 }, { a: 2 }], 'a BIGINT'],
    ['integers and others', [{ a: 1 }, { a: 1.5 }], 'a DOUBLE'],
    ['long integers', [{ a: 1 }, { a: 2n ** 70n }], 'a HUGEINT'],
    ['numbers and texts', [{ a: 1 }, { a: 'x' }], 'a VARCHAR'],
    ['null and a text', [{ a: null }, { a: 'x' }], 'a VARCHAR'],
    ['null only', [{ a: null }], 'a VARCHAR'],
    ['objects and texts', [{ a: { b: 1 } }, { a: 'x' }], 'a JSON'],
    ['times', [{ a: new Date(0) }], 'a TIMESTAMP WITH TIME ZONE'],
    ['truth and numbers', [{ a: true }, { a: 1 }], 'a VARCHAR'],
    ['columns that come late', [{ a: true }, { b: 1 }, { a: null }], 'a BOOLEAN, b BIGINT'],
  ])('%s', (_name, rows, expected) => {
    const columns = columnsOf(rows);
    expect(columns.map(({ name, type }) => `${name} ${type}`).join(', ')).toBe(expected);
  });
});
