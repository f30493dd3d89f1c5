/**
 * Variables inside SQL and CEL. Whoever starts a run chooses its variables, so a value never becomes code: outside of
 * quotes it is inserted as a string literal, inside of them with its quotes escaped. Other references are refused there:
 * a secret does not belong in a query's text.
 */
import { HeadgateError } from '../foundation/errors.ts';
import { REFERENCE, variable } from './references.ts';

export type CodeLanguage = 'sql' | 'cel';

/** Puts the variables into a query or an expression. Throws `reference_not_found` or `invalid_request` at `pointer`. */
export function insertVariables(
  code: string,
  language: CodeLanguage,
  variables: Readonly<Record<string, string>>,
  pointer: string,
): string {
  if (!code.includes('${')) return code;
  let out = '';
  let end = 0;
  for (const match of code.matchAll(REFERENCE)) {
    const [whole, escape, kind, name] = match;
    out += code.slice(end, match.index);
    end = match.index + whole.length;
    if (escape !== '') {
      out += whole.slice(1);
      continue;
    }
    if (kind !== 'var') throw misplaced(`\${${kind}:${name}} stands in ${language === 'sql' ? 'SQL' : 'CEL'}`, pointer);
    const value = variable(name!, { variables }, pointer);
    out += language === 'sql' ? sqlValue(value, placeInSql(out), pointer) : celValue(value, placeInCel(out), pointer);
  }
  return out + code.slice(end);
}

/** What the end of a piece of code stands in: nothing, a quote, or a place where no value can be put safely. */
type Place = 'code' | "'" | '"' | 'unsafe';

/** Where the end of `code` stands. What was inserted before is safe, so this finds the same quotes as the engine will. */
function placeInSql(code: string): Place {
  let at = 0;
  while (at < code.length) {
    const token = SQL_TOKEN.exec(code.slice(at))?.[0];
    if (token === undefined) {
      at += 1;
      continue;
    }
    const after = at + token.length;
    const end = endOfSqlToken(token, code, after);
    if (end === -1) return token === "'" || token === '"' ? token : 'unsafe';
    at = end;
  }
  return 'code';
}

// An identifier is a token too: the e of `some'` is no E-string, and the dollar of `a$b$` opens no quote.
const SQL_TOKEN = /^(?:--|\/\*|[eE]'|[A-Za-z_0-9][A-Za-z_0-9$]*|\$[A-Za-z_]*\$|['"`])/;

/** The index after the quote or comment that `token` opened, `after` for other tokens, -1 when it stays open. */
function endOfSqlToken(token: string, code: string, after: number): number {
  const past = (close: string): number => {
    const index = code.indexOf(close, after);
    return index === -1 ? -1 : index + close.length;
  };
  if (token === '--') return past('\n');
  if (token === '/*') {
    // Some engines nest comments and some do not: a nested one leaves it open what is code.
    const end = past('*/');
    return code.slice(after, end).includes('/*') ? -1 : end;
  }
  if (token.startsWith('$') || token === '`') return past(token);
  if (token === "'" || token === '"') return past(token);
  if (token.endsWith("'")) {
    const end = /^(?:[^'\\]|\\[^])*'/.exec(code.slice(after))?.[0].length;
    return end === undefined ? -1 : after + end;
  }
  return after;
}

function placeInCel(code: string): Place {
  let open: string | null = null;
  for (let i = 0; i < code.length; i++) {
    const char = code[i]!;
    if (open === null) {
      if (code.startsWith('//', i)) {
        const line = code.indexOf('\n', i);
        if (line === -1) return 'unsafe';
        i = line;
      } else if (char === '"' || char === "'") {
        if (/[rRbB]/.test(code[i - 1] ?? '') || code.startsWith(char.repeat(3), i)) return 'unsafe';
        open = char;
      }
    } else if (char === '\\') i++;
    else if (char === open) open = null;
  }
  return open === '"' || open === "'" ? open : 'code';
}

function sqlValue(value: string, place: Place, pointer: string): string {
  if (value.includes('\0')) throw misplaced('a variable holds a zero byte', pointer);
  switch (place) {
    case 'code':
      return `'${value.replaceAll("'", "''")}'`;
    case 'unsafe':
      throw misplaced('a variable stands in a comment, an E-string or a dollar quote', pointer);
    default:
      return value.replaceAll(place, place + place);
  }
}

function celValue(value: string, place: Place, pointer: string): string {
  if (place === 'unsafe') throw misplaced('a variable stands in a comment, a raw or a triple-quoted string', pointer);
  const escaped = JSON.stringify(value).slice(1, -1).replaceAll("'", "\\'");
  return place === 'code' ? `"${escaped}"` : escaped;
}

function misplaced(message: string, at: string): HeadgateError {
  return new HeadgateError('invalid_request', message, {
    at,
    hint: 'write ${var:NAME} where a value can stand, without quotes',
  });
}
