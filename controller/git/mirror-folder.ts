/** What stands on disk for a mirror: a bare repository, and the configuration that its commands read. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runGit, type GitOptions } from './git.ts';
import { sweepLeftovers, sweepQuarantines } from './leftovers.ts';
import type { RemoteUrl } from './url.ts';

/** The configuration for reading: a local repository may belong to another user, since reading its objects is safe. */
export const TRUSTING_CONFIG = 'gitconfig';
/** The configuration for changing a local repository, whose own settings then count: it must belong to our user. */
export const WARY_CONFIG = 'gitconfig-wary';

// A transfer below one byte a second for this long has died (git-config(1), http.lowSpeedLimit).
const SLOWEST = '[http]\n\tlowSpeedLimit = 1\n\tlowSpeedTime = 60\n';
const CONFIG = `[gc]\n\tauto = 0\n[fetch]\n\tfsckObjects = true\n\tunpackLimit = 100\n${SLOWEST}`;

/** Makes the folders of a mirror and writes the configuration; puts away what a crash left there. */
export async function makeMirrorFolder(dir: string, repo: string, kind: RemoteUrl['kind']): Promise<void> {
  await mkdir(repo, { recursive: true });
  await sweepLeftovers(repo);
  await sweepQuarantines(dir);
  const safe = kind === 'local' ? '[safe]\n\tdirectory = *\n' : '';
  await writeFile(join(dir, TRUSTING_CONFIG), `${safe}${CONFIG}`);
  await writeFile(join(dir, WARY_CONFIG), CONFIG);
}

/**
 * Makes the bare repository; one of a remote on another machine fetches contents only when they are read. `format`: of object
 * ids, `sha1` or `sha256`; null: as they are there, `sha1` in a new one.
 */
export async function initMirror(
  options: GitOptions,
  repo: string,
  remote: RemoteUrl,
  format: string | null,
): Promise<void> {
  await runGit(options, ['init', '--bare', '--quiet', ...(format === null ? [] : [`--object-format=${format}`]), repo]);
  if (remote.kind === 'local') return;
  for (const [key, value] of [
    ['core.repositoryFormatVersion', '1'],
    ['extensions.partialClone', 'origin'],
    ['remote.origin.url', remote.url],
    ['remote.origin.promisor', 'true'],
    ['remote.origin.partialCloneFilter', 'blob:none'],
  ] as const) {
    await runGit(options, ['config', key, value]);
  }
}
