/** The syntax of patterns, as a tree. Groups only group: nothing is captured. */
import { characterSet, type CharacterSet, type Flags, type Invalid } from './characters.ts';

export type Assertion = 'begin' | 'end' | 'boundary' | 'inside';

export type Pattern =
  | { readonly kind: 'set'; readonly set: CharacterSet }
  | { readonly kind: 'assert'; readonly assertion: Assertion }
  | { readonly kind: 'sequence' | 'choice'; readonly parts: readonly Pattern[] }
  | { readonly kind: 'repeat'; readonly part: Pattern; readonly min: number; readonly max: number };

/** RE2's bound on a counted repetition, and on the product of those inside each other. */
const MAX_REPEAT = 1000;
const MAX_DEPTH = 100;

const TOKEN =
  /\\(?:[pP](?:\{\^?\w+\}|\w)|x\{[0-9A-Fa-f]{1,6}\}|x[0-9A-Fa-f]{2}|[\s\S])|\(\?(?::|P<\w+>)|\[\^?\]?(?:\[:\^?\w+:\]|\\[\s\S]|[^\]\\])*\]|\{\d+(?:,\d*)?\}|[\s\S]/gu;

const ASSERTIONS: Readonly<Record<string, Assertion>> = {
  '^': 'begin',
  $: 'end',
  '\\A': 'begin',
  '\\z': 'end',
  '\\b': 'boundary',
  '\\B': 'inside',
};

interface Reader {
  readonly tokens: readonly string[];
  at: number;
  readonly flags: Flags;
  readonly invalid: Invalid;
}

export function parsePattern(text: string, invalid: Invalid): Pattern {
  const [prefix = '', given = ''] = /^\(\?([is]+)\)/.exec(text) ?? [];
  const flags = { ignoreCase: given.includes('i'), dotAll: given.includes('s') };
  const tokens = text.slice(prefix.length).match(TOKEN) ?? [];
  const reader: Reader = { tokens, at: 0, flags, invalid };
  const pattern = choice(reader, 0);
  if (reader.at < tokens.length) throw invalid('the pattern is not valid: a ) too many');
  if (countOf(pattern) > MAX_REPEAT) throw invalid(`a repetition goes up to ${MAX_REPEAT} at most`);
  return pattern;
}

function choice(reader: Reader, depth: number): Pattern {
  if (depth > MAX_DEPTH) throw reader.invalid('the pattern is nested too deeply');
  const parts = [sequence(reader, depth)];
  while (reader.tokens[reader.at] === '|') {
    reader.at++;
    parts.push(sequence(reader, depth));
  }
  return parts.length === 1 ? parts[0]! : { kind: 'choice', parts };
}

function sequence(reader: Reader, depth: number): Pattern {
  const parts: Pattern[] = [];
  for (let token = reader.tokens[reader.at]; token !== undefined && token !== '|' && token !== ')';) {
    const part = quantified(atom(token, reader, depth), reader);
    if (isDead(parts.at(-1), part))
      throw reader.invalid('the pattern can never match: ^ behind or $ before a character');
    parts.push(part);
    token = reader.tokens[reader.at];
  }
  return { kind: 'sequence', parts };
}

/** `a^` and `$a`, which DuckDB's optimiser takes for `a$` and `^a`. */
function isDead(before: Pattern | undefined, part: Pattern): boolean {
  if (before === undefined) return false;
  if (part.kind === 'assert') return part.assertion === 'begin' && before.kind === 'set';
  return before.kind === 'assert' && before.assertion === 'end' && part.kind === 'set';
}

const isQuantifier = (token = ''): boolean => /^(?:[*+?]|\{\d.*\})$/.test(token);

function atom(token: string, reader: Reader, depth: number): Pattern {
  if (isQuantifier(token)) throw reader.invalid(`the pattern is not valid: nothing before ${token}`);
  reader.at++;
  const assertion = Object.hasOwn(ASSERTIONS, token) ? ASSERTIONS[token] : undefined;
  if (assertion !== undefined) return { kind: 'assert', assertion };
  if (token.startsWith('(')) return group(token, reader, depth);
  if (token === '[' || token === '\\') throw reader.invalid(`the pattern is not valid: ${token} is not finished`);
  return { kind: 'set', set: characterSet(token, reader.flags, reader.invalid) };
}

function group(token: string, reader: Reader, depth: number): Pattern {
  const { invalid } = reader;
  if (token === '(' && reader.tokens[reader.at] === '?') {
    throw invalid('the pattern is not valid: this kind of group is not supported');
  }
  const inside = choice(reader, depth + 1);
  if (reader.tokens[reader.at] !== ')') throw invalid('the pattern is not valid: a ) is missing');
  reader.at++;
  return inside;
}

function quantified(part: Pattern, reader: Reader): Pattern {
  const token = reader.tokens[reader.at];
  if (token === undefined || !isQuantifier(token)) return part;
  reader.at++;
  // Lazy or greedy: what matches is the same.
  if (reader.tokens[reader.at] === '?') reader.at++;
  if (isQuantifier(reader.tokens[reader.at]))
    throw reader.invalid('the pattern is not valid: two repetitions in a row');
  const [min, max] = boundsOf(token);
  if (Math.max(min, max === Infinity ? 0 : max) > MAX_REPEAT) {
    throw reader.invalid(`a repetition goes up to ${MAX_REPEAT} at most`);
  }
  if (min > max) throw reader.invalid(`the pattern is not valid: ${token}`);
  return { kind: 'repeat', part, min, max };
}

function boundsOf(token: string): readonly [number, number] {
  if (token === '*') return [0, Infinity];
  if (token === '+') return [1, Infinity];
  if (token === '?') return [0, 1];
  const [min = '', max = min] = token.slice(1, -1).split(',');
  return [Number(min), max === '' ? Infinity : Number(max)];
}

/** The largest product of counted repetitions inside each other. */
function countOf(pattern: Pattern): number {
  switch (pattern.kind) {
    case 'set':
    case 'assert':
      return 1;
    case 'repeat': {
      const own = pattern.max === Infinity ? pattern.min : pattern.max;
      return Math.max(1, own) * countOf(pattern.part);
    }
    default:
      return Math.max(1, ...pattern.parts.map(countOf));
  }
}
