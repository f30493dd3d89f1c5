import { describe, expect, test } from 'vitest';
import { encodeBody } from './encode.ts';
import { compileDocument, compilePath, compileTemplate, settingsIn } from './template.ts';

const SCOPE = { record: { id: 7, name: 'Ä/b', tags: ['x'], none: null, at: new Date(0) }, settings: { region: 'eu' } };
const NAMES = ['record', 'settings'];

describe('texts', () => {
  test.each<[string, unknown]>([
    ['plain', 'plain'],
    ['${record.id}', 7],
    ['${record}', SCOPE.record],
    ['${record.none}', null],
    ['${record.missing}', null],
    ['id ${record.id} in ${settings.region}', 'id 7 in eu'],
    ['none: ${record.none}.', 'none: .'],
    ['at ${record.at}', 'at 1970-01-01T00:00:00.000Z'],
    ['tags ${record.tags}', 'tags ["x"]'],
    ['${{"a": {"b": record.id}}}', { a: { b: 7 } }],
    ['${record.name == "}" ? "yes" : "no"}', 'no'],
    ["${record.name.contains('/') ? '{' : ''}!", '{!'],
    ['$${record.id} costs $5', '${record.id} costs $5'],
    ['', ''],
  ])('%j gives %j', (text, expected) => {
    expect(compileTemplate(text, NAMES, 'x')(SCOPE)).toEqual(expected);
  });

  test.each([
    ['${record.id', "'${' is not closed"],
    ['${recrd.id}', "did you mean 'record'?"],
    ['${1 +}', 'x:'],
  ])('%j is refused', (text, message) => {
    expect(() => compileTemplate(text, NAMES, 'x')).toThrow(message);
  });

  test('documents keep the types of values', () => {
    const document = { a: '${record.id}', b: ['${settings.region}', 1, true, null], c: 'n ${record.id}' };
    expect(compileDocument(document, NAMES, 'x')(SCOPE)).toEqual({ a: 7, b: ['eu', 1, true, null], c: 'n 7' });
  });

  test('the settings that a text names', () => {
    expect(settingsIn('${settings.a} settings.b ${ settings . c + settings.d }')).toEqual(['a', 'c', 'd']);
    expect(settingsIn('${record.settings.a + record . settings.b + mysettings.c}')).toEqual([]);
  });
});

describe('paths', () => {
  test('what an expression gives is one part, escaped', () => {
    expect(compilePath('a/${record.name}/c', NAMES, 'x')(SCOPE)).toBe('a/%C3%84%2Fb/c');
    expect(compilePath('${settings.region}', NAMES, 'x')({ ...SCOPE, settings: { region: 'a/b?c=d' } })).toBe(
      'a/b?c=d',
    );
  });

  test.each(['', '.', '..', null])('%j is no part of a path', (region) => {
    expect(() => compilePath('a/${settings.region}', NAMES, 'x')({ record: {}, settings: { region } })).toThrow(
      'part of the path',
    );
  });
});

test('forms hold nested members, and leave out what is null', () => {
  const form = encodeBody('form', { a: 1, b: { c: [true, 'x y'], d: null }, e: 12345678901234567890n });
  expect(decodeURIComponent(form)).toBe('a=1&b[c][0]=true&b[c][1]=x+y&e=12345678901234567890');
});
