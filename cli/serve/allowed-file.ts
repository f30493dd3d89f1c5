import { readFile } from 'node:fs/promises';
import { isAbsolute } from 'node:path';
import { HeadgateError } from '../../foundation/errors.ts';
import { resolvePath } from '../../runner/paths.ts';

/** The content of a file below one of the folders that the operator allows; throws `path_refused` for any other. */
export async function readAllowedFile(path: string, allowPaths: readonly string[]): Promise<string> {
  if (!isAbsolute(path)) throw new HeadgateError('path_refused', `the path '${path}' is not absolute`);
  return readFile(resolvePath({ dataDir: '/', allowPaths, files: {} }, path, 'read'), 'utf8').catch(
    (cause: unknown) => {
      throw new HeadgateError('reference_not_found', `the file ${path} cannot be read`, { cause });
    },
  );
}
