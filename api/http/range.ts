import { HeadgateError } from '../../foundation/errors.ts';

/** Bytes from `start` to `end`, both included. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/**
 * The single range that a `Range` header asks for (RFC 9110, section 14), or null when the whole file is to be sent: no
 * header, another unit, several ranges, or not well-formed. Throws `range_not_satisfiable` when it lies past the end.
 */
export function parseRange(header: string | undefined, size: number): ByteRange | null {
  const match = /^bytes=\s*(\d*)-(\d*)\s*$/i.exec(header ?? '');
  if (match === null) return null;
  const [, first = '', last = ''] = match;
  if (first === '' && last === '') return null;
  const start = first === '' ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === '' || last === '' ? size - 1 : Math.min(Number(last), size - 1);
  if (first !== '' && last !== '' && Number(last) < start) return null;
  if (start > end) throw new HeadgateError('range_not_satisfiable', `the file has ${size} bytes`);
  return { start, end };
}

/** Whether one of the tags of an `If-None-Match` or `If-Range` header is `etag`. */
export function namesTag(header: string | undefined, etag: string): boolean {
  return (
    header !== undefined &&
    header.split(',').some((tag) => tag.trim() === '*' || tag.trim().replace(/^W\//, '') === etag)
  );
}
