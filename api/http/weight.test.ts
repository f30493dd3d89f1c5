import { expect, test } from 'vitest';
import { MAX_LEVELS, MAX_MEMBERS, MAX_YAML_VALUES, refuseHeavyJson, refuseHeavyYaml } from './weight.ts';

const long = 'x'.repeat(100_000);
const members = (count: number): string => `{${Array.from({ length: count }, (_, n) => `"k${n}":1`).join(',')}}`;
const nested = (levels: number): string => `{"a":"${long}","b":${'['.repeat(levels)}${']'.repeat(levels)}}`;

test.each([
  ['many members', members(MAX_MEMBERS + 10), 'members'],
  ['many objects', `[${'{},'.repeat(MAX_MEMBERS + 10)}{}]`, 'members'],
  ['many levels', nested(MAX_LEVELS), 'levels deep'],
  ['many levels behind a quoted quote', `{"a\\\\\\"":"${long}\\"", "b":${'['.repeat(MAX_LEVELS)}`, 'levels deep'],
])('%s are refused', (_name, text, words) => {
  expect(() => refuseHeavyJson(text)).toThrow(words);
});

test.each([
  ['as many members as are allowed', members(MAX_MEMBERS - 1)],
  ['as many levels as are allowed', nested(MAX_LEVELS - 1)],
  ['brackets in strings', JSON.stringify({ a: `${'[{:'.repeat(300_000)}\\"` })],
  ['short texts, whatever they hold', '['.repeat(10_000)],
])('%s are let through', (_name, text) => {
  refuseHeavyJson(text);
});

test('lines: each has levels of its own, the members of all count, and an open string hides nothing', () => {
  const open = `{"a": [[\n`.repeat(20_000);
  refuseHeavyJson(open, { lines: true });
  expect(() => refuseHeavyJson(open)).toThrow('levels deep');
  const hiding = `"\n${`${members(1000)}\n`.repeat(MAX_MEMBERS / 1000 + 1)}`;
  expect(() => refuseHeavyJson(hiding, { lines: true })).toThrow('members');
});

test('YAML: so many values', () => {
  refuseHeavyYaml('a: 1\n'.repeat(MAX_YAML_VALUES));
  expect(() => refuseHeavyYaml('a: 1\n'.repeat(MAX_YAML_VALUES + 1))).toThrow('values for YAML');
  refuseHeavyYaml(`a: ${long}`);
});
