/** Secrets that the platform mounts as files, `<folder>/<name>/<key>`, and replaces when they change. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { HeadgateError } from '../../foundation/errors.ts';
import { referencesIn, type SecretReader } from '../references.ts';

/** Characters of one value, as in Headgate's own secret store. */
const MAX_VALUE = 65_536;
// A name or key can lead nowhere else: neither holds a slash or is `.` or `..`.
const PART = /^(?!\.\.?$)[-._a-zA-Z0-9]{1,253}$/;

/** Reads values as they are, without taking a newline off their end. Each read sees what is mounted then. */
export function mountedSecrets(folder: string, workspace: string): SecretReader {
  return {
    read: (name, key) => readValue(folder, name, key),
    missing: (name, key) => ({
      message: `secret ${name}/${key} is not there`,
      hint: `create it: \`kubectl -n ${workspace} create secret generic ${name} --from-literal=${key}=…\`; a Secret that was made after the Pod may take a minute to appear`,
    }),
  };
}

async function readValue(folder: string, name: string, key: string): Promise<string | null> {
  if (!PART.test(name) || !PART.test(key)) return null;
  let bytes: Buffer;
  try {
    bytes = await readFile(join(folder, name, key));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    throw new HeadgateError('reference_not_found', `secret ${name}/${key} cannot be read (${code ?? 'error'})`);
  }
  const value = bytes.toString('utf8');
  if (value.length <= MAX_VALUE) return value;
  throw new HeadgateError('reference_not_found', `secret ${name}/${key} is over ${MAX_VALUE} characters`);
}

/** The secrets that texts deep in these values refer to, as `name/key`. */
export function secretsIn(value: unknown): readonly string[] {
  // JSON escapes nothing that a reference is made of.
  const found = referencesIn(JSON.stringify(value) ?? '').flatMap(({ kind, name }) =>
    kind === 'secret' ? [name] : [],
  );
  return [...new Set(found)].sort();
}

/** A text that differs when the value of any of these secrets does; it tells nothing about them. */
export async function fingerprint(folder: string, secrets: readonly string[]): Promise<string> {
  const hash = createHash('sha256');
  for (const secret of secrets) {
    const [name = '', key = ''] = secret.split('/');
    const value = await readValue(folder, name, key).catch(() => null);
    hash.update(JSON.stringify([secret, value]));
  }
  return hash.digest('hex');
}
