/** A pattern matches the same in RE2, which DuckDB uses, and in the record form. */
import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { processorMs } from '../../../test/processor-time.ts';
import { quoteText } from '../../quote.ts';
import { compilePattern } from './index.ts';

let duck: DuckDBConnection;
beforeAll(async () => {
  duck = await (await DuckDBInstance.create(':memory:')).connect();
});
afterAll(() => duck.closeSync());

const invalid = (message: string): Error => new Error(message);

const TEXTS = [
  '',
  'a',
  'b',
  'ab',
  'aab',
  'A',
  'aB1_',
  ' ',
  'a b',
  'a\nb',
  '\n',
  'a\n',
  'a\r',
  '\u2028',
  'é',
  'É',
  '😀',
  'a😀',
  '-',
  ']',
  '^',
  '[',
  '{',
  '}',
  '/',
  '\\',
  '.',
  '$',
  '1',
  '12',
  '-1',
  'x1y',
  '\t',
  '\v',
  '\u00a0',
  'ab12',
  'foo.bar',
  'a{2}',
  'aa',
  ':',
  '~',
  'ſ',
  'k',
  '\u212a',
];

const piece = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.constantFrom('a', 'b', 'A', '1', ' ', 'é', '😀', '-', ']', '}', '/', ':', '~', '_', ',', '"'),
  },
  {
    weight: 8,
    arbitrary: fc.constantFrom(
      '.',
      '\\d',
      '\\D',
      '\\w',
      '\\W',
      '\\s',
      '\\S',
      '\\b',
      '\\B',
      '\\.',
      '\\-',
      '\\/',
      '\\\\',
      '\\n',
      '\\t',
      '\\x41',
      '\\x{1F600}',
      '\\pL',
      '\\p{Lu}',
      '\\PN',
      '\\{',
      '\\}',
      '\\]',
      '\\[',
      '\\^',
      '\\$',
      '\\v',
    ),
  },
  {
    weight: 5,
    arbitrary: fc.constantFrom(
      '[ab]',
      '[^ab]',
      '[a-c1]',
      '[^\\n]',
      '[\\d_]',
      '[\\w-]',
      '[-a]',
      '[a\\-z]',
      '[]a]',
      '[^]a]',
      '[[:alpha:]]',
      '[[:space:]x]',
      '[\\]]',
      '[\\\\]',
      '[.]',
      '[a^]',
      '[/]',
      '[\\pL]',
      '[é😀]',
      '[\\s]',
      '[[]',
      '[(]',
      '[{}]',
      '[|&~]',
      '[a&&b]',
      '[--a]',
    ),
  },
  { weight: 2, arbitrary: fc.constantFrom('^', '$', '\\A', '\\z') },
);
const quantifier = fc.constantFrom('', '', '', '*', '+', '?', '*?', '+?', '{2}', '{1,}', '{0,2}', '{1,2}?');
const sequence = fc
  .array(fc.tuple(piece, quantifier), { minLength: 1, maxLength: 4 })
  .map((parts) => parts.flat().join(''));
const group = fc
  .tuple(fc.constantFrom('(', '(?:', '(?P<n>'), sequence, quantifier)
  .map(([open, inside, count]) => `${open}${inside})${count}`);
const pattern = fc
  .tuple(
    fc.constantFrom('', '', '(?i)', '(?s)', '(?is)'),
    fc.array(fc.oneof(sequence, group), { minLength: 1, maxLength: 3 }),
    fc.option(sequence),
  )
  .map(([flags, parts, other]) => flags + parts.join('') + (other === null ? '' : `|${other}`));

async function inDuck(source: string): Promise<readonly boolean[] | string> {
  try {
    const list = `[${TEXTS.map(quoteText).join(', ')}]`;
    const reader = await duck.runAndReadAll(
      `SELECT regexp_matches(t, ${quoteText(source)}) FROM (SELECT unnest(${list}) AS t)`,
    );
    return reader.getRowsJson().map(([matched]) => matched === true);
  } catch (error) {
    return String(error);
  }
}

describe('patterns', () => {
  it('match the same in both', async () => {
    let compared = 0;
    const agrees = fc.asyncProperty(pattern, async (source) => {
      let matches: (text: string) => boolean;
      try {
        matches = compilePattern(source, invalid);
      } catch (error) {
        if (String(error).includes('can never match')) return;
        // What is refused must be what RE2 refuses: the pieces have nothing in them that is not supported.
        expect(await inDuck(source), `${source}: ${String(error)}`).toBeTypeOf('string');
        return;
      }
      compared++;
      const answers = await inDuck(source);
      const own = TEXTS.map(matches);
      const differing = TEXTS.filter((_, index) => answers[index] !== own[index]);
      expect(typeof answers === 'string' ? answers : differing, source).toEqual([]);
    });
    await fc.assert(agrees, { numRuns: 1000 });
    expect(compared).toBeGreaterThan(500);
  });

  it.each([
    '(?=a)',
    '(?!a)',
    '(?<=a)',
    '(a)\\1',
    'a**',
    '\\C',
    '\\Qa\\E',
    '\\p{Greek}',
    '(?m)^a',
    '(?i:a)',
    '[',
    '(',
    ')',
    '*a',
    'a{1001}',
    '\\',
    '[\\D]',
    '\\8',
    '\\u0041',
    '(?P=n)',
    'a^',
    '$a',
    '[[:foo:]]',
    '[b-a]',
  ])('%s is refused', (source) => {
    expect(() => compilePattern(source, invalid)).toThrow();
  });

  it.each(['^(a+)+$', '(a|aa)+$', '(.*)*x', 'a*a*a*a*a*a*b', '([a-z]+)*[0-9]{3}', '(a{0,30}){0,30}b'])(
    '%s takes time in proportion to the text',
    (source) => {
      const matches = compilePattern(source, invalid);
      const took = processorMs(() => expect(matches(`${'a'.repeat(5000)}!`)).toBe(false));
      // Going back would take longer than the universe exists.
      expect(took).toBeLessThan(5000);
    },
  );
});
