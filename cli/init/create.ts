import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { HeadgateError, messageOf } from '../../foundation/errors.ts';
import { gitIn, type Git } from '../git.ts';
import { initFiles } from './files.ts';

const BRANCH = 'main';
const SCHEMA = new URL('../../crds/schemas/headgate.schema.json', import.meta.url);

export interface Created {
  /** Absolute. */
  readonly folder: string;
  readonly branch: string;
  readonly commit: string;
  readonly files: readonly string[];
}

/**
 * Writes the example into `folder` (absolute), which must be empty or not be there, and commits it. Throws `conflict` for
 * a folder with something in it.
 */
export async function createRepository(folder: string, signal: AbortSignal): Promise<Created> {
  await refuseNonEmpty(folder);
  const files = initFiles(basename(folder), await readFile(SCHEMA, 'utf8'));
  for (const [path, content] of files) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content, { flag: 'wx' });
  }
  const git = gitIn(folder, signal);
  await git('init', '--quiet', `--initial-branch=${BRANCH}`);
  await git('add', '--all', '--', '.');
  await git(...(await author(git)), 'commit', '--quiet', '--no-gpg-sign', '-m', 'Begin with the example pipelines');
  const commit = await git('rev-parse', 'HEAD');
  return { folder, branch: BRANCH, commit, files: [...files.keys()] };
}

async function refuseNonEmpty(folder: string): Promise<void> {
  let entries: string[] = [];
  try {
    entries = await readdir(folder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return;
    throw new HeadgateError('conflict', `cannot use ${folder}: ${messageOf(error)}`, { cause: error });
  }
  if (entries.length > 0) {
    throw new HeadgateError('conflict', `${folder} is not empty`, { hint: 'name a new folder, or an empty one' });
  }
}

/** Where git does not know who the user is, the commit is Headgate's. */
async function author(git: Git): Promise<string[]> {
  const known = await git('var', 'GIT_COMMITTER_IDENT').then(
    () => true,
    () => false,
  );
  return known ? [] : ['-c', 'user.name=Headgate', '-c', 'user.email=headgate@localhost'];
}
