import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { HeadgateError } from '../../foundation/errors.ts';
import type { RemoteUrl } from './url.ts';

/** Credentials with their references resolved. */
export interface GitCredentials {
  readonly username?: string;
  readonly password?: string;
  readonly sshKey?: string;
  readonly knownHosts?: string;
}

// Git runs this to ask; it answers from the environment, so that no secret stands in a file, an argument or a URL. The
// question ends in the host that asks: another one, to which the remote redirects, gets no answer.
const ASKPASS = `#!/bin/sh
case "$1" in
  *[/@]"$HEADGATE_GIT_HOST': ") ;;
  *) echo 'the remote redirects to another host' >&2; exit 1 ;;
esac
case "$1" in
  Username*) printf '%s\\n' "$HEADGATE_GIT_USERNAME" ;;
  *) printf '%s\\n' "$HEADGATE_GIT_PASSWORD" ;;
esac
`;

const quote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/** A path as the value of an option of ssh_config(5), where `%` and quotes mean something, as a word for the shell. */
function pathOption(name: string, path: string): string[] {
  return ['-o', quote(`${name}="${path.replaceAll('%', '%%').replace(/["\\]/g, '\\$&')}"`)];
}

/** Writes what signing in needs below `dir` (mode 0700) and answers the environment variables for Git. */
export async function prepareCredentials(
  dir: string,
  remote: RemoteUrl,
  credentials: GitCredentials,
): Promise<Record<string, string>> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  if (remote.kind === 'https' || remote.kind === 'insecure') {
    if (credentials.password === undefined) return {};
    const askpass = join(dir, 'askpass.sh');
    await writeFile(askpass, ASKPASS, { mode: 0o700 });
    return {
      GIT_ASKPASS: askpass,
      HEADGATE_GIT_HOST: /^https?:\/\/(?:[^/?#]*@)?([^/?#]+)/i.exec(remote.url)?.[1] ?? '',
      HEADGATE_GIT_USERNAME: credentials.username ?? 'git',
      HEADGATE_GIT_PASSWORD: credentials.password,
    };
  }
  if (remote.kind === 'ssh') {
    const options = [
      '-F',
      '/dev/null',
      '-o',
      'BatchMode=yes',
      '-o',
      'ConnectTimeout=15',
      '-o',
      'ServerAliveInterval=15',
      '-o',
      'StrictHostKeyChecking=yes',
    ];
    if (credentials.knownHosts !== undefined) {
      const knownHosts = join(dir, 'known_hosts');
      await writeFile(knownHosts, `${credentials.knownHosts.trim()}\n`, { mode: 0o600 });
      options.push(...pathOption('UserKnownHostsFile', knownHosts));
    }
    if (credentials.sshKey !== undefined) {
      if (!credentials.sshKey.includes('PRIVATE KEY')) {
        throw new HeadgateError('invalid_resource', '`spec.credentials.sshKey` does not resolve to a private key', {
          hint: 'the value starts with -----BEGIN OPENSSH PRIVATE KEY-----',
        });
      }
      const key = join(dir, 'id');
      await writeFile(key, `${credentials.sshKey.trim()}\n`, { mode: 0o600 });
      options.push('-o', 'IdentitiesOnly=yes', ...pathOption('IdentityFile', key));
    }
    return { GIT_SSH_COMMAND: `ssh ${options.join(' ')}`, GIT_SSH_VARIANT: 'ssh' };
  }
  return {};
}
