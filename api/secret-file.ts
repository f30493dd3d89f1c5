import {
  chmodSync,
  closeSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { randomSecret } from '../foundation/ids.ts';

/** The secret kept in a file, or null when there is none. */
export function readSecretFile(path: string): string | null {
  try {
    const text = readFileSync(path, 'utf8').trim();
    return text === '' ? null : text;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    throw error;
  }
}

/** Keeps a secret in a file that only this user can read (mode 0600), in place of what was there. */
export function writeSecretFile(path: string, secret: string): void {
  renameSync(writeAside(path, secret), path);
}

/**
 * Reads the secret, or makes one of 160 bits and keeps it. When two processes make one at the same time, both get that of
 * the first. A file that others can read is closed to them.
 */
export function ensureSecretFile(path: string): string {
  const kept = readSecretFile(path);
  if (kept !== null) {
    chmodSync(path, 0o600);
    return kept;
  }
  const secret = randomSecret(20);
  const aside = writeAside(path, secret);
  try {
    linkSync(aside, path);
    return secret;
  } catch (error) {
    const other = codeOf(error) === 'EEXIST' ? readSecretFile(path) : null;
    if (other === null) throw error;
    return other;
  } finally {
    rmSync(aside, { force: true });
  }
}

function writeAside(path: string, secret: string): string {
  mkdirSync(dirname(path), { recursive: true });
  const aside = `${path}.${process.pid}.${randomSecret(5)}`;
  const fd = openSync(aside, 'wx', 0o600);
  try {
    writeSync(fd, `${secret}\n`);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  return aside;
}

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code;
}
