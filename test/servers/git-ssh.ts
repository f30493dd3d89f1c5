/** A real OpenSSH server on a free loopback port, which lets one key fetch from Git and do nothing else. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
/** sshd insists on being started by its full path. */
const SSHD = '/usr/sbin/sshd';

export interface GitSshServer {
  /** The URL of a folder on this machine. */
  urlOf(dir: string): string;
  /** A line of known_hosts for this server. */
  readonly knownHosts: string;
  /** The private key that may sign in. */
  readonly userKey: string;
  readonly userPublicKey: string;
  /** What sshd logged so far. */
  log(): string;
  close(): Promise<void>;
}

/** Why there can be no SSH server here, or null. */
export async function sshMissing(): Promise<string | null> {
  try {
    await access(SSHD);
    return null;
  } catch {
    return `${SSHD} is not installed (Debian: openssh-server)`;
  }
}

/** A key pair; answers the private key and the public one as a line. */
export async function makeSshKey(
  dir: string,
  name: string,
): Promise<{ file: string; private: string; public: string }> {
  const file = join(dir, name);
  await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', name, '-f', file]);
  return { file, private: await readFile(file, 'utf8'), public: (await readFile(`${file}.pub`, 'utf8')).trim() };
}

export async function serveGitOverSsh(): Promise<GitSshServer> {
  const dir = await mkdtemp(join(tmpdir(), 'headgate-sshd-'));
  const [host, user] = [await makeSshKey(dir, 'host'), await makeSshKey(dir, 'user')];
  // git-shell runs git-upload-pack and its like only; the key may do nothing but that.
  const command = `command="git-shell -c \\"$SSH_ORIGINAL_COMMAND\\"",restrict`;
  await writeFile(join(dir, 'authorized_keys'), `${command} ${user.public}\n`, { mode: 0o600 });
  await chmod(dir, 0o700);
  // The folder that sshd drops its privileges into; Debian makes it when the service starts.
  if (process.getuid?.() === 0) await mkdir('/run/sshd', { recursive: true, mode: 0o755 });
  const port = await freePort();
  const config = [
    `ListenAddress 127.0.0.1:${port}`,
    `HostKey ${host.file}`,
    `AuthorizedKeysFile ${join(dir, 'authorized_keys')}`,
    'PidFile none',
    'AuthenticationMethods publickey',
    'PermitRootLogin yes',
    'StrictModes no',
    'UsePAM no',
    'AllowAgentForwarding no',
    'AllowTcpForwarding no',
    'X11Forwarding no',
    'AcceptEnv GIT_PROTOCOL',
  ];
  await writeFile(join(dir, 'sshd_config'), `${config.join('\n')}\n`);
  const sshd = spawn(SSHD, ['-D', '-e', '-f', join(dir, 'sshd_config')], { stdio: ['ignore', 'ignore', 'pipe'] });
  let log = '';
  sshd.stderr.on('data', (chunk: Buffer) => (log += chunk.toString('utf8')));
  const exited = once(sshd, 'exit');
  while (!log.includes('listening on')) {
    if (sshd.exitCode !== null) throw new Error(`sshd ended with ${sshd.exitCode}: ${log}`);
    await Promise.race([once(sshd.stderr, 'data'), exited]);
  }
  return {
    urlOf: (folder) => `ssh://${userInfo().username}@127.0.0.1:${port}${folder}`,
    knownHosts: `[127.0.0.1]:${port} ${host.public}`,
    userKey: user.private,
    userPublicKey: user.public,
    log: () => log,
    close: async () => {
      sshd.kill();
      await exited;
      await rm(dir, { recursive: true, force: true });
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}
