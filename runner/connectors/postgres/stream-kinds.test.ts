import { HeadgateError } from '../../../foundation/errors.ts';
import { describe, expect, test } from 'vitest';
import { isRecordRefusal, streamError } from './stream-errors.ts';
import { fitting, kindOf, newColumnType } from './stream-kinds.ts';

describe('kinds of values', () => {
  test.each<[unknown, string | null]>([
    [null, null],
    [undefined, null],
    [true, 'BOOLEAN'],
    [-32_768, 'SMALLINT'],
    [32_768, 'INTEGER'],
    [2 ** 31, 'BIGINT'],
    [-(2 ** 53) + 1, 'BIGINT'],
    [2 ** 53, 'DOUBLE'],
    [1e300, 'DOUBLE'],
    [0.5, 'DOUBLE'],
    [2n ** 63n - 1n, 'BIGINT'],
    [2n ** 63n, 'HUGEINT'],
    ['', 'VARCHAR'],
    [{}, 'JSON'],
    [[], 'LIST'],
    [new Date(0), 'TIMESTAMPTZ'],
    [new Uint8Array(), 'BLOB'],
  ])('%o: %s', (value, kind) => {
    expect(kindOf(value)).toBe(kind);
  });

  test.each<[Parameters<typeof newColumnType>[0] extends ReadonlySet<infer K> ? K[] : never, string]>([
    [['SMALLINT'], 'bigint'],
    [['SMALLINT', 'HUGEINT'], 'numeric(39,0)'],
    [['INTEGER', 'DOUBLE'], 'double precision'],
    [['BOOLEAN'], 'boolean'],
    [['LIST'], 'jsonb'],
    [['LIST', 'JSON'], 'jsonb'],
    [['VARCHAR', 'JSON'], 'jsonb'],
    [['VARCHAR', 'INTEGER'], 'text'],
    [['BOOLEAN', 'INTEGER'], 'text'],
  ])('a new column for %j is %s', (kinds, type) => {
    expect(newColumnType(new Set(kinds))).toBe(type);
  });
});

describe('what a column takes', () => {
  const exact = (existing: string, value: unknown): unknown => {
    const fit = fitting(existing, kindOf(value)!);
    return fit.fits === 'some' ? fit.exact(value) : fit.fits === 'wider' ? fit.to : fit.fits;
  };
  test.each<[string, unknown, unknown]>([
    ['bigint', 1, 'all'],
    ['bigint', 1.5, 'numeric'],
    ['bigint', 'text', 'all'],
    ['bigint', true, 'none'],
    ['bigint', {}, 'none'],
    ['smallint', 70_000, 'integer'],
    ['numeric', 1.5, 'all'],
    ['numeric(12,2)', 1.25, true],
    ['numeric(12,2)', 1.255, false],
    ['real', 0.1, 'double precision'],
    ['real', 16_777_217, false],
    ['double precision', 2n ** 60n, true],
    ['double precision', 2n ** 60n + 1n, false],
    ['boolean', 1, 'none'],
    ['text', { a: 1 }, 'all'],
    ['jsonb', 'text', 'all'],
    ['text[]', ['a'], 'all'],
    ['text[]', {}, 'none'],
    ['date', new Date(0), 'all'],
  ])('%s, %o: %o', (existing, value, outcome) => {
    expect(exact(existing, value)).toBe(outcome);
  });
});

describe('errors of the server', () => {
  const error = (code: string): Error => Object.assign(new Error(`state ${code}`), { code, severity: 'ERROR' });
  test.each([
    ['53100', 'destination_unreachable', true],
    ['53300', 'destination_unreachable', true],
    ['57P01', 'destination_unreachable', true],
    ['57P03', 'destination_unreachable', true],
    ['40001', 'destination_unreachable', true],
    ['40P01', 'destination_unreachable', true],
    ['57014', 'destination_unreachable', true],
    ['25006', 'destination_unreachable', true],
    ['08006', 'destination_unreachable', true],
    ['42501', 'destination_failed', false],
    ['42804', 'destination_failed', false],
    ['28P01', 'destination_failed', false],
    ['54011', 'destination_failed', false],
    ['42P01', 'destination_failed', true],
    ['42703', 'destination_failed', true],
  ])('%s: %s, retryable %s', (state, code, retryable) => {
    expect(streamError(error(state), 'destination_failed', 'table x', [])).toMatchObject({ code, retryable });
  });

  test('of the connection: unreachable; our own mistakes are not', () => {
    const made = (thrown: unknown) => streamError(thrown, 'destination_failed', 'table x', ['hush']);
    expect(made(Object.assign(new Error('getaddrinfo ENOTFOUND hush'), { code: 'ENOTFOUND' }))).toMatchObject({
      code: 'destination_unreachable',
      message: 'table x: getaddrinfo ENOTFOUND ***',
    });
    expect(made(new TypeError('x is not a function')).code).toBe('destination_failed');
    const known = new HeadgateError('invalid_settings', 'as it is');
    expect(made(known)).toBe(known);
  });

  test.each([
    ['22P02', true],
    ['23505', true],
    ['21000', true],
    ['54000', true],
    ['P0001', true],
    ['44000', true],
    ['42501', false],
    ['53100', false],
  ])('%s concerns the record: %s', (state, refusal) => {
    expect(isRecordRefusal(error(state))).toBe(refusal);
  });
});
