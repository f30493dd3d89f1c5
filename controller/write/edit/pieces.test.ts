import { expect, test } from 'vitest';
import { mayName, piecesOf } from './pieces.ts';

test.each<[string, string[] | null]>([
  ['a: 1\n', ['a: 1\n']],
  ['', ['']],
  ['a: 1\n---\nb: 2\n--- # c\nc: 3', ['a: 1\n', '---\nb: 2\n', '--- # c\nc: 3']],
  ['# head\n\n---\na: 1\n---\n', ['# head\n\n---\na: 1\n', '---\n']],
  ['---\r\na: 1\r\n---\r\nb: 2\r\n', ['---\r\na: 1\r\n', '---\r\nb: 2\r\n']],
  ['a: |\n  ---\n  x\n---x: 1\n----\n', ['a: |\n  ---\n  x\n---x: 1\n----\n']],
  ['a: "x\u2028---\u2028y"\n', ['a: "x\u2028---\u2028y"\n']],
  ['%YAML 1.2\n---\na: 1\n', null],
  ['a: 1\n...\n---\nb: 1\n', null],
  ['a: 1\n\uFEFF---\nb: 1\n', null],
])('%j', (text, pieces) => {
  expect(piecesOf(text)).toEqual(pieces);
  if (pieces !== null) expect(pieces.join('')).toBe(text);
});

test('a name stands by itself, or may hide behind an escape', () => {
  for (const text of ['name: a.b', 'name: "a.b"', "{name: 'a.b'}", 'name: &x a.b # c', '"name":a.b,']) {
    expect(mayName(text, 'a.b'), text).toBe(true);
  }
  for (const text of ['name: a-b', 'name: a.bc', 'name: xa.b', 'name: a.b-c', 'name: a.b.c']) {
    expect(mayName(text, 'a.b'), text).toBe(false);
  }
  expect(mayName('name: "\\x61.b"', 'a.b')).toBe(true);
});
