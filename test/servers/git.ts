/** A real Git repository in a temporary folder, to commit to and to break. */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface TestRepository {
  readonly dir: string;
  git(...args: string[]): Promise<string>;
  /** Writes files (null deletes one), commits everything and answers the revision. */
  commit(files: Readonly<Record<string, string | Uint8Array | null>>, subject?: string): Promise<string>;
  remove(): Promise<void>;
}

const ENV = {
  PATH: process.env['PATH'] ?? '/usr/bin:/bin',
  HOME: '/nonexistent',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_AUTHOR_NAME: 'Ada',
  GIT_AUTHOR_EMAIL: 'ada@example.com',
  GIT_COMMITTER_NAME: 'Ada',
  GIT_COMMITTER_EMAIL: 'ada@example.com',
};

/** An empty working copy on branch `main`, or a bare repository. `format`: of object ids. */
export async function createRepository(
  options: { readonly bare?: boolean; readonly format?: 'sha1' | 'sha256' } = {},
): Promise<TestRepository> {
  const { bare = false, format = 'sha1' } = options;
  const dir = await mkdtemp(join(tmpdir(), 'headgate-git-'));
  const git = async (...args: string[]): Promise<string> => {
    const { stdout } = await run('git', args, { cwd: dir, env: ENV, maxBuffer: 64 * 2 ** 20 });
    return stdout.trim();
  };
  await git('init', '--quiet', '--initial-branch=main', `--object-format=${format}`, ...(bare ? ['--bare'] : []));
  return {
    dir,
    git,
    commit: async (files, subject = 'change') => {
      for (const [name, content] of Object.entries(files)) {
        const path = join(dir, name);
        if (content === null) await rm(path, { recursive: true });
        else {
          await mkdir(dirname(path), { recursive: true });
          await writeFile(path, content);
        }
      }
      await git('add', '--all');
      await git('commit', '--quiet', '--allow-empty', '-m', subject);
      return git('rev-parse', 'HEAD');
    },
    remove: () => rm(dir, { recursive: true, force: true }),
  };
}
