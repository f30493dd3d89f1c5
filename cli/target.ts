/** Which server a command talks to, and with which token. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { HeadgateError } from '../foundation/errors.ts';
import { ADMIN_TOKEN_FILE } from '../api/tokens.ts';
import { Client } from './client.ts';
import type { CliContext } from './context.ts';
import { readServerFile, SERVER_FILE } from './server-file.ts';

export interface TargetOptions {
  readonly server?: string;
  readonly token?: string;
  readonly data?: string;
}

export interface Target {
  readonly url: string;
  readonly token: string | undefined;
  /** Where both were found, for `doctor`. */
  readonly serverFrom: string;
  readonly tokenFrom: string | null;
}

const DEFAULT_DATA = '.headgate';

/** Absolute. */
export function dataFolder(context: CliContext, options: Pick<TargetOptions, 'data'>): string {
  return resolve(context.cwd, options.data ?? context.env.data ?? DEFAULT_DATA);
}

/**
 * The server: `--server`, `HEADGATE_SERVER`, else what `headgate serve` wrote into the data folder. The token: `--token`,
 * `HEADGATE_TOKEN`, `HEADGATE_ADMIN_TOKEN`, else the one in the data folder, which goes to no other server than the one
 * of that folder. Throws `unavailable` when there is no server to be found.
 */
export function findTarget(context: CliContext, options: TargetOptions): Target {
  const data = dataFolder(context, options);
  const local = readServerFile(data)?.url ?? null;
  const chosen = options.server ?? context.env.server;
  const url = chosen === undefined ? local : checkUrl(chosen);
  if (url === null) {
    throw new HeadgateError('unavailable', `no server is known: ${join(data, SERVER_FILE)} does not exist`, {
      hint: 'start one with `headgate serve`, or name it with --server or HEADGATE_SERVER (--data names another data folder)',
    });
  }
  const serverFrom =
    chosen === undefined ? join(data, SERVER_FILE) : options.server === chosen ? '--server' : 'HEADGATE_SERVER';
  return { url, serverFrom, ...findToken(context, options, url === local ? data : null) };
}

export function connect(context: CliContext, options: TargetOptions): Client {
  const target = findTarget(context, options);
  return new Client({
    ...target,
    version: context.version,
    signal: context.signal,
    unreachableHint: `is it running? The address comes from ${target.serverFrom}; \`headgate doctor\` tells more`,
  });
}

function findToken(
  context: CliContext,
  options: TargetOptions,
  data: string | null,
): Pick<Target, 'token' | 'tokenFrom'> {
  const { env } = context;
  if (options.token !== undefined) return { token: options.token, tokenFrom: '--token' };
  if (env.token !== undefined) return { token: env.token, tokenFrom: 'HEADGATE_TOKEN' };
  if (env.adminToken !== undefined) return { token: env.adminToken, tokenFrom: 'HEADGATE_ADMIN_TOKEN' };
  const file = data === null ? null : join(data, ADMIN_TOKEN_FILE);
  const token = file === null ? null : readIfThere(file)?.trim();
  return token === null || token === undefined || token === ''
    ? { token: undefined, tokenFrom: null }
    : { token, tokenFrom: file };
}

function checkUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw new HeadgateError('invalid_request', `'${text}' is not the address of a server`, {
      hint: 'for example --server http://127.0.0.1:8080',
    });
  }
  return text.replace(/\/+$/, '');
}

function readIfThere(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return null;
    throw new HeadgateError('unavailable', `cannot read ${path}: ${(error as Error).message}`, { cause: error });
  }
}
