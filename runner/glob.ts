/** Globs over paths with `/`: `*`, `**`, `?`, `[a-z]`, `[!a-z]` and `{a,b}`. */
import { HeadgateError } from '../foundation/errors.ts';
import { compilePattern } from './cel/regex/index.ts';

const WILD = /[*?[\]{}]/;

export const isGlob = (path: string): boolean => WILD.test(path);

/**
 * Makes a test for a glob. It takes time in proportion to the path, whatever the glob: both may come from people who mean
 * harm, and the controller must not stand still for them. Throws `invalid_settings` for what is no glob.
 */
export function compileGlob(glob: string): (path: string) => boolean {
  return compilePattern(
    `^${expression(glob)}$`,
    () => new HeadgateError('invalid_settings', `'${glob}' is not a valid glob`),
  );
}

/** The glob as a regular expression (RE2). No path holds a NUL: whatever is no NUL is anything. */
function expression(glob: string): string {
  let out = '';
  for (let i = 0; i < glob.length; i++) {
    const char = glob[i]!;
    if (glob.startsWith('**/', i)) {
      out += '(?:[^\\x00]*/)?';
      i += 2;
    } else if (glob.startsWith('**', i)) {
      out += '[^\\x00]*';
      i += 1;
    } else if (char === '*') out += '[^/]*';
    else if (char === '?') out += '[^/]';
    else if (char === '[' && glob.includes(']', i + 2)) {
      const end = glob.indexOf(']', i + 2);
      out += characterClass(glob.slice(i + 1, end));
      i = end;
    } else if (char === '{') out += '(?:';
    else if (char === '}') out += ')';
    else if (char === ',') out += glob.lastIndexOf('{', i) > glob.lastIndexOf('}', i) ? '|' : ',';
    else out += char.replaceAll(/[\\^$.|+()[\]]/g, '\\$&');
  }
  return out;
}

/** No class stands for a slash. */
function characterClass(inside: string): string {
  const negated = /^[!^]/.test(inside);
  const set = (negated ? inside.slice(1) : inside).replaceAll('/', '').replaceAll(/[\\[\]]/g, '\\$&');
  return negated ? `[^/${set}]` : `[${set}]`;
}
