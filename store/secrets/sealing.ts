/**
 * AES-256-GCM with a random nonce of 96 bits for each sealing (NIST SP 800-38D, 8.2.2), and a tag of 128 bits. The context is
 * authenticated with it, so that a sealed text is of use in its own place only.
 *
 * With random nonces one key must not seal more than 2^32 texts (SP 800-38D, 8.3).
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { HeadgateError } from '../../foundation/errors.ts';
import type { SealingKey } from './key.ts';

const ALGORITHM = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/** The form of a sealed text: `hg1.<key id>.<base64 of nonce, ciphertext, tag>`. */
const FORM = 'hg1';

/** What a sealed text is bound to: the kind of the place and its names. */
export type SealContext = readonly [kind: string, ...names: string[]];

export function seal(key: SealingKey, text: string, context: SealContext): string {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(ALGORITHM, key.key, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(authenticated(context));
  const sealed = Buffer.concat([nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
  return `${FORM}.${key.id}.${sealed.toString('base64')}`;
}

/** The id of the key of a sealed text; null for any other text. JSON never looks like one. */
export function keyIdOf(text: string): string | null {
  return /^hg1\.([0-9a-f]{16})\./.exec(text)?.[1] ?? null;
}

/** Throws `secret_key_missing` where `keyOf` knows no key with the id, and `store_corrupt` when the text was changed or moved. */
export function unseal(text: string, keyOf: (id: string) => SealingKey | undefined, context: SealContext): string {
  const id = keyIdOf(text);
  if (id === null) throw damaged(context);
  const key = keyOf(id);
  if (key === undefined) throw missingKey(id);
  const bytes = Buffer.from(text.slice(FORM.length + id.length + 2), 'base64');
  if (bytes.length < NONCE_BYTES + TAG_BYTES) throw damaged(context);
  const decipher = createDecipheriv(ALGORITHM, key.key, bytes.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES });
  decipher.setAAD(authenticated(context));
  decipher.setAuthTag(bytes.subarray(bytes.length - TAG_BYTES));
  try {
    const opened = decipher.update(bytes.subarray(NONCE_BYTES, bytes.length - TAG_BYTES));
    return Buffer.concat([opened, decipher.final()]).toString('utf8');
  } catch (cause) {
    throw damaged(context, cause);
  }
}

const authenticated = (context: SealContext): Buffer => Buffer.from(JSON.stringify([FORM, ...context]));

function damaged([kind, ...names]: SealContext, cause?: unknown): HeadgateError {
  return new HeadgateError(
    'store_corrupt',
    `the sealed ${kind} ${names.join('/')} was changed, or moved from another place`,
    {
      hint: 'restore a backup of the store, or set it anew',
      cause,
    },
  );
}

export function missingKey(id: string, what = 'the store'): HeadgateError {
  return new HeadgateError('secret_key_missing', `${what} is sealed with the key ${id}, which is not here`, {
    hint: 'give every server that shares the store the same key: HEADGATE_SECRET_KEY, --secret-key-file, or the file secret-key of the data folder that made it',
  });
}
