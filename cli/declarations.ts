/** Files on disk that declare resources. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { HeadgateError } from '../foundation/errors.ts';
import { FILE_LIMITS } from '../crds/limits.ts';
import { isDeclaring } from '../controller/sync/read.ts';
import type { CliContext } from './context.ts';

/** Stands for standard input among paths. */
const STDIN = '-';
const MAX_FILES = 100_000;

export interface DeclarationFile {
  /** Relative to the working directory. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

/**
 * Files that are named are read whatever they are called; of folders, what a sync would read. Throws `not_found` for a
 * path that is not there.
 */
export async function* readDeclarations(
  paths: readonly string[],
  context: CliContext,
): AsyncGenerator<DeclarationFile> {
  for (const path of paths) {
    if (path === STDIN) {
      yield { name: 'stdin', bytes: await context.terminal.readInput(FILE_LIMITS.bytes) };
      continue;
    }
    for (const file of await filesAt(resolve(context.cwd, path))) {
      context.signal.throwIfAborted();
      yield { name: relative(context.cwd, file), bytes: await readFile(file) };
    }
  }
}

async function filesAt(path: string): Promise<readonly string[]> {
  const found = await stat(path).catch((cause: unknown) => {
    throw new HeadgateError('not_found', `there is no file or folder ${path}`, { cause, hint: 'check the path' });
  });
  if (!found.isDirectory()) return [path];
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => isDeclaring(relative(path, file)))
    .sort();
  if (files.length > MAX_FILES) {
    throw new HeadgateError('invalid_request', `${files.length} files below ${path}, ${MAX_FILES} at most`);
  }
  return files;
}
