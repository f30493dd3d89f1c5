import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

/** AES-256-GCM with a key that is made from a token and a salt of its own, so that no key is used twice (NIST SP 800-38D, 8.2). */
const CIPHER = 'aes-256-gcm';
const SALT_BYTES = 16;
const TAG_BYTES = 16;

/**
 * Seals a text so that only who has the token can read it: the token itself is stored nowhere, and so the store holds
 * nothing that opens it. `bound` goes in as well: under another one it does not open.
 */
export function seal(text: string, token: string, bound: string): string {
  const salt = randomBytes(SALT_BYTES);
  const { key, iv } = keysOf(token, salt, bound);
  const cipher = createCipheriv(CIPHER, key, iv);
  const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  return Buffer.concat([salt, cipher.getAuthTag(), sealed]).toString('base64');
}

/** The text, or null when it was sealed with another token, bound to something else, or changed since. */
export function open(sealed: string, token: string, bound: string): string | null {
  const bytes = Buffer.from(sealed, 'base64');
  if (bytes.length < SALT_BYTES + TAG_BYTES) return null;
  const { key, iv } = keysOf(token, bytes.subarray(0, SALT_BYTES), bound);
  const decipher = createDecipheriv(CIPHER, key, iv);
  decipher.setAuthTag(bytes.subarray(SALT_BYTES, SALT_BYTES + TAG_BYTES));
  try {
    const text = decipher.update(bytes.subarray(SALT_BYTES + TAG_BYTES));
    return Buffer.concat([text, decipher.final()]).toString('utf8');
  } catch {
    return null;
  }
}

function keysOf(token: string, salt: Uint8Array, bound: string): { readonly key: Uint8Array; readonly iv: Uint8Array } {
  const bytes = new Uint8Array(hkdfSync('sha256', token, salt, `headgate answer ${bound}`, 32 + 12));
  return { key: bytes.subarray(0, 32), iv: bytes.subarray(32) };
}
