/** The values that `headgate secret set` is given: from standard input, files, the environment, or its arguments. */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { HeadgateError } from '../../foundation/errors.ts';
import { MAX_SECRET_VALUE } from '../../store/secrets/secret-store.ts';
import type { CliContext } from '../context.ts';

export interface GivenValues {
  /** `key=value`, or a key whose value comes by standard input. */
  readonly pairs: readonly string[];
  /** `key=path` */
  readonly files: readonly string[];
  /** `key=NAME`, or a name that is the key as well. */
  readonly variables: readonly string[];
}

/** UTF-8 takes up to four bytes a character. */
const MAX_BYTES = 4 * MAX_SECRET_VALUE;

/** Values by key. Throws `invalid_request`; no value is in the message. */
export async function readValues(given: GivenValues, context: CliContext): Promise<Record<string, string>> {
  const values: Record<string, string> = {};
  const put = (key: string, value: string): void => {
    if (Object.hasOwn(values, key)) throw wrong(`the key ${key} is given twice`, 'give each key once');
    values[key] = value;
  };
  const asked: string[] = [];
  let visible = false;
  for (const pair of given.pairs) {
    const [key, value] = split(pair);
    if (value === undefined) asked.push(key);
    else {
      visible = true;
      put(key, value);
    }
  }
  if (visible) {
    context.terminal.err(
      'warning: a value in the command line is seen by every user of this machine while it runs, and kept in the history of ' +
        'the shell; give the key alone, and the value by standard input\n',
    );
  }
  for (const file of given.files) {
    const [key, path] = split(file);
    if (path === undefined) throw wrong(`--from-file ${key} names no file`, 'write --from-file key=path');
    put(key, await fileValue(resolve(context.cwd, path)));
  }
  for (const variable of given.variables) {
    const [key, name = key] = split(variable);
    const value = context.env.all[name];
    if (value === undefined) throw wrong(`the environment variable ${name} is not set`, 'write --from-env key=NAME');
    put(key, value);
  }
  if (asked.length > 1 && context.terminal.readHidden === undefined) {
    throw wrong(`standard input can hold one value, and is to give ${asked.length}`, 'set one key at a time');
  }
  for (const key of asked) put(key, await askedValue(key, context));
  if (Object.keys(values).length > 0) return values;
  throw wrong('no key is given', 'for example `headgate secret set billing token < token.txt`');
}

async function askedValue(key: string, { terminal }: CliContext): Promise<string> {
  if (terminal.readHidden !== undefined) return terminal.readHidden(`value of ${key}: `);
  return text(await terminal.readInput(MAX_BYTES), 'standard input');
}

async function fileValue(path: string): Promise<string> {
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw new HeadgateError('not_found', `the file ${path} cannot be read`, { cause, hint: 'check the path' });
  });
  return text(bytes, path);
}

/** One line break at the end is the editor's, as with `${file:…}`. */
function text(bytes: Uint8Array, from: string): string {
  if (bytes.length > MAX_BYTES)
    throw wrong(`${from} is over ${MAX_SECRET_VALUE} characters`, 'refer to it with ${file:/path}');
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes).replace(/\r?\n$/, '');
  } catch (cause) {
    throw new HeadgateError('invalid_request', `${from} holds no UTF-8 text`, {
      cause,
      hint: 'encode it, as base64 for example',
    });
  }
}

function split(pair: string): [key: string, value: string | undefined] {
  const at = pair.indexOf('=');
  return at < 0 ? [pair, undefined] : [pair.slice(0, at), pair.slice(at + 1)];
}

const wrong = (message: string, hint: string): HeadgateError => new HeadgateError('invalid_request', message, { hint });
