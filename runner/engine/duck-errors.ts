/** DuckDB's messages as errors of Headgate: the code people can look up, and the few lines that matter. */
import { HeadgateError, messageOf, type ErrorCodeName } from '../../foundation/errors.ts';

const MAX_LINES = 4;
const MAX_LENGTH = 1000;
/** What the SQL of a transform says by itself about a record that does not fit. */
const OWN_MESSAGE = /^Invalid Input Error: (transform\[\d+\]\.[^\n]*)/;

/** What DuckDB threw, with `fallback` as its code unless memory or disk ran out. Other errors of Headgate pass through. */
export function duckError(error: unknown, fallback: ErrorCodeName, what: string, at?: string): HeadgateError {
  if (error instanceof HeadgateError) return error;
  const message = messageOf(error);
  if (message.startsWith('Out of Memory Error')) return outOfMemory(message, what, error);
  if (/No space left on device/i.test(message)) {
    return new HeadgateError('store_full', `${what}: the disk is full`, {
      at,
      cause: error,
      hint: 'free space where the data folder lies',
    });
  }
  const own = OWN_MESSAGE.exec(message)?.[1];
  if (own !== undefined) return new HeadgateError('invalid_transform', own, { at, cause: error });
  const hint = hintFor(message);
  return new HeadgateError(fallback, `${what}: ${summary(message)}`, { at, hint, cause: error });
}

function outOfMemory(message: string, what: string, cause: unknown): HeadgateError {
  return message.includes('max_temp_directory_size')
    ? new HeadgateError('out_of_memory', `${what}: memory and the space for spilling to disk are used up`, {
        cause,
        hint: 'free disk space, raise `runner.resources.limits.memory`, or reduce what is held at once',
      })
    : new HeadgateError('out_of_memory', `${what}: ${summary(message)}`, {
        cause,
        hint: 'raise `runner.resources.limits.memory`, or reduce what an aggregate or join holds at once',
      });
}

/** The lines up to DuckDB's advice, which names options that pipelines do not have, and the file where it names one. */
function summary(message: string): string {
  const lines = message.split('\n').map((line) => line.trim());
  const end = lines.findIndex((line) => line === '' || /^(?:Possible|This limit|See also)/.test(line));
  const kept = (end === -1 ? lines : lines.slice(0, end)).slice(0, MAX_LINES);
  const file = /^file = (.+)$/m.exec(message.replaceAll(/^\s+/gm, ''))?.[1];
  const text = file === undefined ? kept.join('; ') : `${kept.join('; ')} (file ${file})`;
  return text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH)}…` : text;
}

function hintFor(message: string): string | undefined {
  if (message.includes('This type was auto-detected')) {
    return 'give the column a wider type under `columns` of the file settings, such as {id: VARCHAR}';
  }
  if (message.includes('Expected Number of Columns')) return 'mend the line, or set `delimiter` and `quote`';
  if (message.includes('Could not convert') || message.startsWith('Conversion Error')) {
    return 'cast to a wider type, or filter out the records that do not fit';
  }
  if (/disabled by configuration|Permission Error/.test(message)) {
    return 'SQL may only read what the sources of the pipeline bring';
  }
  return undefined;
}
