/** Texts in which `${…}` holds an expression, and documents of such texts. */
import { HeadgateError } from '../../../foundation/errors.ts';
import { evaluateOver } from '../../cel/index.ts';
import { encodeJson } from '../http/encode.ts';

/** The values that expressions may name. */
export type Scope = Readonly<Record<string, unknown>>;

/** What a text or document gives for some values. Throws `transform_failed`. */
export type Template = (scope: Scope) => unknown;

type Part = string | Template;

/**
 * A text that is nothing but one expression gives the value as it is; any other text gives a text. Throws
 * `invalid_transform`, the message starting with `at`.
 */
export function compileTemplate(text: string, names: readonly string[], at: string): Template {
  const parts = partsOf(text, names, at);
  const [only] = parts;
  if (parts.length === 1 && typeof only === 'function') return only;
  if (parts.every((part) => typeof part === 'string')) {
    const constant = parts.join('');
    return () => constant;
  }
  return (scope) => parts.map((part) => (typeof part === 'string' ? part : textOf(part(scope)))).join('');
}

/** A plain expression, such as that of `when`. */
export function compileExpression(expression: string, names: readonly string[], at: string): Template {
  const evaluate = evaluateOver(expression, names, at);
  return (scope) => evaluate(names.map((name) => scope[name] ?? null));
}

/** JSON in which every text is a template. Throws as `compileTemplate` does, with the place in the document. */
export function compileDocument(document: unknown, names: readonly string[], at: string): Template {
  if (typeof document === 'string') return compileTemplate(document, names, at);
  if (Array.isArray(document)) {
    const items = document.map((item, index) => compileDocument(item, names, `${at}[${index}]`));
    return (scope) => items.map((item) => item(scope));
  }
  if (document === null || typeof document !== 'object') return () => document;
  const members = Object.entries(document).map(
    ([name, member]) => [name, compileDocument(member, names, `${at}.${name}`)] as const,
  );
  return (scope) => Object.fromEntries(members.map(([name, member]) => [name, member(scope)]));
}

/**
 * A path: what an expression gives is one part of it, and escaped. One that is nothing but one expression is taken as it
 * is. What it makes throws `transform_failed` where a part is empty or leads elsewhere.
 */
export function compilePath(text: string, names: readonly string[], at: string): (scope: Scope) => string {
  const parts = partsOf(text, names, at);
  const [only] = parts;
  if (parts.length === 1 && typeof only === 'function') return (scope) => textOf(only(scope));
  return (scope) => parts.map((part) => (typeof part === 'string' ? part : pathPart(part(scope), at))).join('');
}

function pathPart(value: unknown, at: string): string {
  const text = textOf(value);
  if (text === '' || text === '.' || text === '..') {
    throw new HeadgateError('transform_failed', `${at}: a part of the path is ${text === '' ? 'empty' : `'${text}'`}`);
  }
  return encodeURIComponent(text.toWellFormed());
}

/** A value within a text: null is nothing, times are RFC 3339, bytes base64, and structures JSON. */
export function textOf(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'string') return value;
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  return typeof value === 'object' ? encodeJson(value) : String(value);
}

/** The names of settings that the expressions of a text use: `settings.region`. */
export function settingsIn(text: string): readonly string[] {
  return split(text, '').flatMap((part) => (typeof part === 'string' ? [] : settingsOf(part.expression)));
}

/** The names of settings that an expression uses. A field of something else that is called `settings` is none. */
export function settingsOf(expression: string): readonly string[] {
  return [...expression.matchAll(/(?<![\w.]|\.\s+)settings\s*\.\s*([A-Za-z_]\w*)/g)].map(([, name]) => name!);
}

/** Whether an expression of a text names the record or what surrounds it. */
export function isOfRecord(text: string): boolean {
  return split(text, '').some((part) => typeof part !== 'string' && /\b(?:record|event)\b/.test(part.expression));
}

function partsOf(text: string, names: readonly string[], at: string): readonly Part[] {
  return split(text, at).map((part) =>
    typeof part === 'string' ? part : compileExpression(part.expression, names, at),
  );
}

type Piece = string | { readonly expression: string };

function split(text: string, at: string): readonly Piece[] {
  const pieces: Piece[] = [];
  let plain = '';
  for (let i = 0; i < text.length; i++) {
    if (text.startsWith('$${', i)) {
      plain += '${';
      i += 2;
    } else if (text.startsWith('${', i)) {
      const end = endOf(text, i + 2);
      if (end < 0) {
        throw new HeadgateError('invalid_transform', `${at}: '\${' is not closed by '}'`, {
          hint: 'write $${ for the text itself',
        });
      }
      if (plain !== '') pieces.push(plain);
      plain = '';
      pieces.push({ expression: text.slice(i + 2, end) });
      i = end;
    } else plain += text[i];
  }
  if (plain !== '') pieces.push(plain);
  return pieces;
}

/** Where the brace that closes an expression stands; braces within it and within its texts do not count. */
function endOf(text: string, start: number): number {
  let depth = 0;
  let quote = '';
  for (let i = start; i < text.length; i++) {
    const char = text[i]!;
    if (quote !== '') {
      if (char === '\\') i += 1;
      else if (char === quote) quote = '';
    } else if (char === '"' || char === "'") quote = char;
    else if (char === '{') depth += 1;
    else if (char === '}' && depth-- === 0) return i;
  }
  return -1;
}
