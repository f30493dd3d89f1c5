import { HeadgateError } from '../../../foundation/errors.ts';
import type { Row } from '../../ports.ts';
import { parseJson } from '../../../store/exact-json.ts';
import { isObject, valueAt } from './json.ts';

/**
 * The records in a JSON document: the array at `path`, or the document itself where that is undefined; `.` makes the
 * whole document one record. Null at the path is an empty page. A record that is no object becomes `{value: …}`.
 */
export function recordsOf(body: unknown, path: string | undefined): readonly Row[] {
  if (path === '.') return [toRow(body)];
  const found = path === undefined ? body : valueAt(body, path);
  if (Array.isArray(found)) return found.map(toRow);
  if (found === null && path !== undefined) return [];
  const what = found === undefined ? 'nothing' : isObject(found) ? 'an object' : `a ${typeof found}`;
  throw new HeadgateError('source_failed', `there is ${what} where the array of records should be`, {
    hint:
      path === undefined
        ? `name the array with \`records\`${candidates(body)}; \`.\` makes the whole body one record`
        : `correct \`records\`${candidates(body)}`,
  });
}

/** One line of NDJSON as a record. `line` counts from 1. */
export function recordOfLine(text: string, line: number): Row {
  return toRow(parseOrThrow(text, `line ${line} of the answer`));
}

/** Parses JSON; throws `source_failed` without quoting the text. */
export function parseOrThrow(text: string, what: string): unknown {
  try {
    return parseJson(text);
  } catch {
    throw new HeadgateError('source_failed', `${what} is not JSON`, {
      hint: 'check `url`, the stream and `format`: a login page or another format may have come instead',
    });
  }
}

const toRow = (value: unknown): Row => (isObject(value) ? value : { value });

/** Names of fields are part of the API's shape, not of its data, and help more than anything else. */
function candidates(body: unknown): string {
  if (!isObject(body)) return '';
  const names = Object.keys(body)
    .filter((name) => Array.isArray(body[name]) && /^[\w-]{1,40}$/.test(name))
    .slice(0, 5);
  return names.length === 0 ? '' : ` (arrays in the body: ${names.join(', ')})`;
}
