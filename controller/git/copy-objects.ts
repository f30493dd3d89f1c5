import { pipeline } from 'node:stream/promises';
import { HeadgateError } from '../../foundation/errors.ts';
import { firstLines } from './errors.ts';
import { runGit, spawnGit, type GitOptions } from './git.ts';

/**
 * Writes the objects of commit `to` that `parent` has not got from one repository into another, where nothing refers to
 * them yet. No hook runs for that.
 */
export async function copyObjects(source: GitOptions, target: GitOptions, parent: string, to: string): Promise<void> {
  const pack = spawnGit(source, ['pack-objects', '--revs', '--stdout', '-q']);
  const unpack = spawnGit(target, ['unpack-objects', '-q']);
  const complaints = Promise.all([endOf(pack, 'pack-objects'), endOf(unpack, 'unpack-objects')]);
  pack.stdin.on('error', () => undefined);
  pack.stdin.end(`${to}\n^${parent}\n`);
  // When one of them ends early the pipe breaks; its own words say why.
  await pipeline(pack.stdout, unpack.stdin).catch(() => undefined);
  const failure = (await complaints).find((words) => words !== null);
  if (failure !== undefined) {
    throw new HeadgateError('git_unreachable', `${target.cwd}: the commit cannot be stored: ${failure}`);
  }
  await runGit(target, ['cat-file', '-e', `${to}^{commit}`]);
}

/** What a process complained of, or null when it went well. */
async function endOf(child: ReturnType<typeof spawnGit>, name: string): Promise<string | null> {
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => {
    if (stderr.length < 4096) stderr += chunk.toString('utf8');
  });
  const code = await new Promise<number | null>((done) => {
    child.on('error', () => done(-1));
    child.on('close', done);
  });
  return code === 0 ? null : `${name}: ${firstLines(stderr) || `exit code ${code}`}`;
}
