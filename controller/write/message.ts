import type { Person } from '../git/commit.ts';
import type { WriteRequest } from './ports.ts';

export const COMMITTER: Person = { name: 'Headgate', email: 'headgate@localhost' };

const MAX_SUBJECT = 200;
const MAX_WORD = 200;

/**
 * The message of a commit: subject, empty line, trailers in the form that git-interpret-trailers(1) reads. Whatever stands
 * in the request takes one line.
 */
export function commitMessage({ subject, requestId }: Pick<WriteRequest, 'subject' | 'requestId'>): string {
  const first = oneLine(subject, MAX_SUBJECT) || 'Change resources';
  const id = oneLine(requestId, MAX_WORD);
  return `${first}\n${id === '' ? '' : `\nRequest-Id: ${id}\n`}`;
}

/** The author as Git can write it: one line, without the signs that end a name or an address. */
export function authorOf({ name, email }: WriteRequest['author']): Person {
  // Git itself takes these off the ends, and refuses a name that has nothing else (ident.c, `crud`).
  const named = oneLine(name.replace(/[<>]/g, ' '), MAX_WORD).replace(/^[\s.,:;"'\\]+|[\s.,:;"'\\]+$/g, '');
  const address = oneLine(email, MAX_WORD)
    .replace(/[<>\s]/g, '')
    .replace(/^[.,:;"'\\]+|[.,:;"'\\]+$/g, '');
  return { name: named === '' ? 'API' : named, email: address === '' ? 'api@localhost' : address };
}

function oneLine(text: string, most: number): string {
  const line = text.replace(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, ' ').trim();
  return Array.from(line.toWellFormed()).slice(0, most).join('').trim();
}
