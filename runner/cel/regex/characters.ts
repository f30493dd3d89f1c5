/** Sets of characters: `a`, `.`, `\d`, `[^a-z]`, `\pL`. */

export type Invalid = (message: string) => Error;

/** Members below 128 stand in a table; the rest are asked for. */
export interface CharacterSet {
  readonly ascii: Uint8Array;
  readonly has: (codePoint: number) => boolean;
}

export interface Flags {
  readonly ignoreCase: boolean;
  readonly dotAll: boolean;
}

const CLASSES: Readonly<Record<string, string>> = { d: '0-9', w: '0-9A-Za-z_', s: '\\t\\n\\f\\r ' };
const POSIX: Readonly<Record<string, string>> = {
  alnum: '0-9A-Za-z',
  alpha: 'A-Za-z',
  digit: '0-9',
  lower: 'a-z',
  punct: '!-\\/:-@\\[-`\\{-~',
  space: '\\t\\n\\v\\f\\r ',
  upper: 'A-Z',
  word: '0-9A-Za-z_',
  xdigit: '0-9A-Fa-f',
};
const CLASS_PART = /\[:\^?\w+:\]|\\(?:[pP](?:\{\w+\}|\w)|x\{[0-9A-Fa-f]+\}|x[0-9A-Fa-f]{2}|[\s\S])|[\s\S]/gu;
export const ASCII = 128;
/** How many answers for other characters are kept. */
const MAX_KNOWN = 4096;

/** The set that a token stands for. JavaScript's own classes do the work, one character at a time. */
export function characterSet(token: string, flags: Flags, invalid: Invalid): CharacterSet {
  const source = sourceOf(token, flags, invalid);
  let expression: RegExp;
  try {
    expression = new RegExp(`^${source}$`, flags.ignoreCase ? 'iu' : 'u');
  } catch {
    throw invalid(`${token} is not valid in a pattern`);
  }
  const ascii = Uint8Array.from({ length: ASCII }, (_, code) => Number(expression.test(String.fromCharCode(code))));
  const known = new Map<number, boolean>();
  const has = (codePoint: number): boolean => {
    let found = known.get(codePoint);
    if (found === undefined) {
      found = expression.test(String.fromCodePoint(codePoint));
      if (known.size < MAX_KNOWN) known.set(codePoint, found);
    }
    return found;
  };
  return { ascii, has };
}

function sourceOf(token: string, flags: Flags, invalid: Invalid): string {
  if (token === '.') return flags.dotAll ? '[\\s\\S]' : '[^\\n]';
  if (token.length > 1 && token.startsWith('[')) return classSource(token, invalid);
  const source = token.startsWith('\\') ? escapeSource(token, false, invalid) : escapeSyntax(token);
  // A - may be escaped inside of a class only.
  return source.startsWith('[') ? source : `[${source}]`;
}

function escapeSource(token: string, inClass: boolean, invalid: Invalid): string {
  const name = token[1] ?? '';
  const set = CLASSES[name.toLowerCase()];
  if (set !== undefined) {
    const negative = name !== name.toLowerCase();
    if (!inClass) return `[${negative ? '^' : ''}${set}]`;
    if (!negative) return set;
    throw invalid(`${token} inside […] is not supported in a pattern`);
  }
  if (/^\\[pP]/.test(token)) return property(token, invalid);
  if (token.startsWith('\\x{')) return `\\u${token.slice(2)}`;
  if (/^\\x[0-9A-Fa-f]{2}$/.test(token) || /^\\[tnrfv]$/.test(token)) return token;
  if (token === '\\a') return '\\x07';
  if (/^\\[!-/:-@[-`{-~]$/.test(token)) return escapeSyntax(name);
  throw invalid(`${token} is not supported in a pattern`);
}

/** General categories only: JavaScript and RE2 name scripts differently. */
function property(token: string, invalid: Invalid): string {
  const match = /^\\([pP])\{?([A-Z][a-z]?)\}?$/.exec(token);
  if (match === null) throw invalid(`${token} is not supported in a pattern`);
  return `\\${match[1]}{${match[2]}}`;
}

const escapeSyntax = (char: string): string => (/[\^$\\.*+?()[\]{}|/-]/.test(char) ? `\\${char}` : char);

function classSource(token: string, invalid: Invalid): string {
  const negated = token.startsWith('[^');
  let out = '';
  for (const [part] of token.slice(negated ? 2 : 1, -1).matchAll(CLASS_PART)) {
    if (part.startsWith('[:')) {
      const set = POSIX[part.slice(2, -2)];
      if (set === undefined) throw invalid(`${part} is not supported in a pattern`);
      out += set;
    } else if (part.startsWith('\\')) out += part === '\\-' ? '\\-' : escapeSource(part, true, invalid);
    else out += part === '-' ? '-' : escapeSyntax(part);
  }
  return `[${negated ? '^' : ''}${out}]`;
}
