import { describe, expect, test } from 'vitest';
import { insertVariables } from './variables-in-code.ts';

const EVIL = `x' or '1'='1`;

const SQL: readonly (readonly [title: string, code: string, value: string, expected: string])[] = [
  ['a bare value', 'select * from t where r = ${var:V}', 'eu', "select * from t where r = 'eu'"],
  ['a value with quotes', 'where r = ${var:V}', EVIL, "where r = 'x'' or ''1''=''1'"],
  ['inside of a string', "where r like '%${var:V}%'", EVIL, "where r like '%x'' or ''1''=''1%'"],
  ['inside of an identifier', 'select "${var:V}" from t', 'a"b', 'select "a""b" from t'],
  ['after a string with dashes', "select 'a--b', ${var:V}", EVIL, "select 'a--b', 'x'' or ''1''=''1'"],
  ['after a string with a doubled quote', "select 'it''s', ${var:V}", 'v', "select 'it''s', 'v'"],
  ['after a comment', 'select 1 -- it is\n, ${var:V}', 'v', "select 1 -- it is\n, 'v'"],
  ['after a comment with a quote', "select 1 /* it's */, ${var:V}", EVIL, "select 1 /* it's */, 'x'' or ''1''=''1'"],
  ['after an E-string', "select E'a\\'b', ${var:V}", 'v', "select E'a\\'b', 'v'"],
  ['after a dollar quote', "select $$it's$$, ${var:V}", 'v', "select $$it's$$, 'v'"],
  ['a word that ends in e before a string', "select date '2024-01-01', ${var:V}", 'v', "select date '2024-01-01', 'v'"],
  ['a number stays a text', 'limit ${var:V}', '10', "limit '10'"],
  ['an escaped reference', 'select $${var:V}', 'v', 'select ${var:V}'],
  ['a value that looks like a reference', 'select ${var:V}', '${var:V}', "select '${var:V}'"],
];

const CEL: typeof SQL = [
  ['a bare value', 'region == ${var:V}', 'eu', 'region == "eu"'],
  ['a value with quotes', 'region == ${var:V}', '" || true || "', 'region == "\\" || true || \\""'],
  ['inside of double quotes', 'region == "${var:V}"', '" || true || "', 'region == "\\" || true || \\""'],
  ['inside of single quotes', "region == '${var:V}'", "' || true || '", "region == '\\' || true || \\''"],
  ['after an escaped quote', '"a\\"" + ${var:V}', 'v', '"a\\"" + "v"'],
  ['a backslash', 'region == ${var:V}', 'a\\', 'region == "a\\\\"'],
];

describe('variables in code', () => {
  test.each(SQL)('SQL: %s', (_title, code, value, expected) => {
    expect(insertVariables(code, 'sql', { V: value }, '/spec')).toBe(expected);
  });

  test.each(CEL)('CEL: %s', (_title, code, value, expected) => {
    expect(insertVariables(code, 'cel', { V: value }, '/spec')).toBe(expected);
  });

  test.each([
    ['sql', "select E'${var:V}'"],
    ['sql', 'select 1 -- ${var:V}'],
    ['sql', 'select /* ${var:V} */ 1'],
    ['sql', 'select /* /* */ ${var:V} */ 1'],
    ['sql', 'select $$ ${var:V} $$'],
    ['sql', 'select $tag$ ${var:V} $tag$'],
    ['sql', 'select ${env:HOME}'],
    ['sql', 'select ${secret:a/b}'],
    ['cel', 'r"${var:V}"'],
    ['cel', '"""${var:V}"""'],
    ['cel', 'true // ${var:V}'],
  ] as const)('refuses in %s: %s', (language, code) => {
    expect(() => insertVariables(code, language, { V: 'v' }, '/spec')).toThrow(
      expect.objectContaining({ code: 'invalid_request' }),
    );
  });

  test('names a variable that is not declared', () => {
    expect(() => insertVariables('select ${var:NOPE}', 'sql', { V: 'v' }, '/spec')).toThrow(/NOPE is not declared/);
    expect(() => insertVariables('select ${var:toString}', 'sql', {}, '/spec')).toThrow(/toString is not declared/);
  });
});
