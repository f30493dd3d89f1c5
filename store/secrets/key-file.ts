/** Where keys are kept: the environment, a file that is named, or `secret-key` in the data folder. */
import {
  chmodSync,
  chownSync,
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { HeadgateError, isHeadgateError, messageOf } from '../../foundation/errors.ts';
import { newId } from '../../foundation/ids.ts';
import { formatKeys, newSecretKey, parseKeys, type SecretKey } from './key.ts';

/** In the data folder. */
export const SECRET_KEY_FILE = 'secret-key';
/** Permissions of others than the owner. */
const OTHERS = 0o077;

export interface KeyPlace {
  /** For messages: a path, or the name of a variable. */
  readonly shown: string;
  /** Null: the keys are in the environment, and stay as they are. */
  readonly path: string | null;
  /** Whether the file belongs to this data folder alone, and is made when it is missing. */
  readonly own: boolean;
  /** The keys, current first; null where there are none. Throws `secret_key_invalid`. */
  read(): readonly SecretKey[] | null;
}

export interface KeyOptions {
  /** Absolute. */
  readonly dataDir: string;
  /** `HEADGATE_SECRET_KEY` */
  readonly fromEnv?: string;
  /** Absolute: `--secret-key-file`. */
  readonly file?: string;
}

/** `--secret-key-file`, else `HEADGATE_SECRET_KEY`, else the file in the data folder. */
export function keyPlace({ dataDir, fromEnv, file }: KeyOptions): KeyPlace {
  if (file === undefined && fromEnv !== undefined) {
    const shown = 'HEADGATE_SECRET_KEY';
    return { shown, path: null, own: false, read: () => parseKeys(fromEnv, shown) };
  }
  const path = file ?? join(dataDir, SECRET_KEY_FILE);
  const read = (): readonly SecretKey[] | null => {
    const text = readText(path);
    return text === null ? null : parseKeys(text, path);
  };
  return { shown: path, path, own: file === undefined, read };
}

/** Whether others than the owner may do something with the file. */
export function openToOthers(path: string): boolean {
  return (statSync(path).mode & OTHERS) !== 0;
}

/** Closes the file to others. A file that belongs to somebody else stays as it is. */
export function closeToOthers(path: string): void {
  try {
    chmodSync(path, 0o600);
  } catch {
    // Whoever mounted it read-only decided about it; `headgate doctor` tells when others can read it.
  }
}

/** Makes the file with a new key (mode 0600, synced to disk). When two processes do, both get the key of the first. */
export function makeKeyFile(path: string): readonly SecretKey[] {
  const key = newSecretKey();
  const aside = writeAside(path, [key]);
  try {
    linkSync(aside, path);
    syncFolder(path);
    return [key];
  } catch (error) {
    const other = codeOf(error) === 'EEXIST' ? readText(path) : null;
    if (other === null) throw error;
    return parseKeys(other, path);
  } finally {
    rmSync(aside, { force: true });
  }
}

/**
 * Replaces the keys in the file, in one step. Who may read it stays so: other servers may have it, by a link and as another
 * user of its group.
 */
export function writeKeyFile(path: string, keys: readonly SecretKey[]): void {
  let aside: string | undefined;
  try {
    const known = existsSync(path);
    const target = known ? realpathSync(path) : path;
    aside = writeAside(target, keys);
    if (known) shareAs(target, aside);
    renameSync(aside, target);
    syncFolder(target);
  } catch (cause) {
    // A copy of the keys must not be left behind.
    if (aside !== undefined) rmSync(aside, { force: true });
    throw isHeadgateError(cause) ? cause : unwritable(path, cause);
  }
}

function shareAs(known: string, path: string): void {
  const { mode, uid, gid } = statSync(known);
  const made = statSync(path);
  try {
    if (made.uid !== uid || made.gid !== gid) chownSync(path, uid, gid);
    chmodSync(path, mode & 0o777);
  } catch {
    // A file of somebody else's cannot be given back: this one stays for this user alone, rather than be open to another group.
  }
}

function writeAside(path: string, keys: readonly SecretKey[]): string {
  const aside = `${path}.${newId('new')}`;
  let fd: number | undefined;
  try {
    fd = openSync(aside, 'wx', 0o600);
    writeFileSync(fd, formatKeys(keys));
    fsyncSync(fd);
    return aside;
  } catch (cause) {
    if (fd !== undefined) rmSync(aside, { force: true });
    throw unwritable(path, cause);
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

function unwritable(path: string, cause: unknown): HeadgateError {
  return new HeadgateError('unavailable', `the key file ${path} cannot be written: ${messageOf(cause)}`, {
    hint: 'give the user of the server write access to its folder',
    cause,
  });
}

/** The name of a new file is durable once its folder is. */
function syncFolder(path: string): void {
  const fd = openSync(dirname(path), 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return null;
    throw new HeadgateError('secret_key_invalid', `the key file ${path} cannot be read: ${messageOf(cause)}`, {
      at: path,
      hint: 'give the user of the server read access to it',
      cause,
    });
  }
}

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code;
}
