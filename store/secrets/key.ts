/** Keys that secrets and configuration are sealed with, and what is derived from them. */
import { createSecretKey, hkdfSync, randomBytes, type KeyObject } from 'node:crypto';
import { HeadgateError } from '../../foundation/errors.ts';

const KEY_BYTES = 32;
const ID_BYTES = 8;
const MAX_KEYS = 16;

/** A key as it is kept in a file or the environment. */
export interface SecretKey {
  /** Derived from the key, and tells nothing about it: 16 hex digits. */
  readonly id: string;
  readonly bytes: Buffer;
}

/** A key for one purpose, derived from the one with this id. As an object of the crypto module, which makes one of bytes each time. */
export interface SealingKey {
  readonly id: string;
  readonly key: KeyObject;
}

/** What is sealed: the secrets of a workspace, or the configuration at rest. */
export type Purpose = `secrets/${string}` | 'configuration';

export function newSecretKey(): SecretKey {
  return keyOf(randomBytes(KEY_BYTES));
}

function keyOf(bytes: Buffer): SecretKey {
  return { id: derive(bytes, 'headgate key id', ID_BYTES).toString('hex'), bytes };
}

/** The key for one purpose (HKDF-SHA256, RFC 5869): each has its own share of the sealings that one key allows. */
export function deriveKey(key: SecretKey, purpose: Purpose): SealingKey {
  return { id: key.id, key: createSecretKey(derive(key.bytes, `headgate ${purpose}`, KEY_BYTES)) };
}

function derive(bytes: Buffer, info: string, length: number): Buffer {
  return Buffer.from(hkdfSync('sha256', bytes, Buffer.alloc(0), info, length));
}

/**
 * Keys as text: each 32 bytes in base64 or 64 hex digits, separated by white space or commas, the current one first; `#` begins
 * a comment. Throws `secret_key_invalid`; `from` names the place, the text itself is never shown.
 */
export function parseKeys(text: string, from: string): readonly SecretKey[] {
  const words = text
    .replaceAll(/#.*$/gm, '')
    .split(/[\s,]+/)
    .filter((word) => word !== '');
  if (words.length === 0) throw invalid(from, 'holds no key');
  if (words.length > MAX_KEYS) throw invalid(from, `holds ${words.length} keys, ${MAX_KEYS} at most`);
  const keys = words.map((word, index) => {
    const bytes = decode(word);
    if (bytes === null) throw invalid(from, `holds something at place ${index + 1} that is no key of 32 bytes`);
    return keyOf(bytes);
  });
  return keys.filter((key, index) => keys.findIndex(({ id }) => id === key.id) === index);
}

function decode(word: string): Buffer | null {
  if (/^[0-9a-f]{64}$/i.test(word)) return Buffer.from(word, 'hex');
  if (!/^[A-Za-z0-9+/_-]{43}=?$/.test(word)) return null;
  return Buffer.from(word, 'base64');
}

/** As `parseKeys` reads it. */
export function formatKeys(keys: readonly SecretKey[]): string {
  return keys.map(({ bytes }) => `${bytes.toString('base64')}\n`).join('');
}

function invalid(from: string, what: string): HeadgateError {
  return new HeadgateError('secret_key_invalid', `${from} ${what}`, {
    at: from,
    hint: 'a key is made with `openssl rand -base64 32`; several are separated by spaces or lines, the current one first',
  });
}
