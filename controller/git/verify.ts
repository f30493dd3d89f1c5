import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { HeadgateError, messageOf } from '../../foundation/errors.ts';
import { runGit } from './git.ts';
import type { Mirror } from './mirror.ts';

const SSH_KEY = /^(sk-)?(ssh|ecdsa)-[a-z0-9@.-]+ [A-Za-z0-9+/=]+( .*)?$/;
const OPENPGP_KEY = /^-----BEGIN PGP PUBLIC KEY BLOCK-----/;
/** Reading a keyring of a hundred keys takes gpg well under a second. */
const GPG_MS = 20_000;

/**
 * Checks that a commit is signed with one of the keys: SSH public keys as lines, OpenPGP public keys in ASCII armour
 * (git-verify-commit(1); the latter need `gpg`). Expired and revoked OpenPGP keys do not count.
 * Throws `git_unverified`; nothing of such a commit is applied.
 */
export async function verifyCommit(
  mirror: Mirror,
  revision: string,
  keys: readonly string[],
  signal?: AbortSignal,
): Promise<void> {
  const trimmed = keys.map((key) => key.trim());
  const unusable = trimmed.findIndex((key) => !SSH_KEY.test(key) && !OPENPGP_KEY.test(key));
  if (unusable >= 0) throw unusableKey(unusable, 'it is neither an SSH nor an OpenPGP public key');
  const dir = await mkdtemp(join(tmpdir(), 'headgate-verify-'));
  try {
    const signers = join(dir, 'allowed_signers');
    await writeFile(signers, trimmed.map((key) => (SSH_KEY.test(key) ? `* ${key}\n` : '')).join(''));
    // Even without OpenPGP keys: a keyring of our own, so that no key of whoever runs the server counts.
    const keyring = join(dir, 'gnupg');
    await mkdir(keyring, { mode: 0o700 });
    await writeFile(join(keyring, 'gpg.conf'), 'no-autostart\nno-auto-key-retrieve\n');
    for (const [index, key] of trimmed.entries()) {
      if (OPENPGP_KEY.test(key)) await importKey(keyring, key, index, signal);
    }
    const git = await mirror.git(signal);
    const args = ['-c', `gpg.ssh.allowedSignersFile=${signers}`, 'verify-commit', revision];
    await runGit({ ...git, env: { ...git.env, GNUPGHOME: keyring } }, args);
  } catch (error) {
    if (signal?.aborted === true || error instanceof HeadgateError) throw error;
    throw new HeadgateError(
      'git_unverified',
      `commit ${revision.slice(0, 12)} is not signed by a key of \`spec.verify\``,
      { hint: 'sign the commit, or add its key', cause: new Error(messageOf(error)) },
    );
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

async function importKey(keyring: string, key: string, index: number, signal?: AbortSignal): Promise<void> {
  const run = promisify(execFile)('gpg', ['--homedir', keyring, '--batch', '--quiet', '--import'], {
    timeout: GPG_MS,
    ...(signal === undefined ? {} : { signal }),
  });
  run.child.stdin?.on('error', () => undefined);
  run.child.stdin?.end(`${key}\n`);
  await run.catch((error: unknown) => {
    if (signal?.aborted === true) throw error;
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    throw unusableKey(index, missing ? 'OpenPGP keys need gpg, which is not installed' : 'gpg cannot read it');
  });
}

function unusableKey(index: number, why: string): HeadgateError {
  return new HeadgateError('git_unverified', `key ${index + 1} of \`spec.verify.keys\` cannot be used: ${why}`, {
    at: `/spec/verify/keys/${index}`,
    hint: 'write a line such as `ssh-ed25519 AAAA… name`, or what `gpg --armor --export` prints',
  });
}
