/** Signatures of Standard Webhooks: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md */
import { createHmac } from 'node:crypto';
import { HeadgateError } from '../../../foundation/errors.ts';

const PREFIX = 'whsec_';

/**
 * The bytes of a secret: what follows `whsec_` is base64, any other text is taken as it is. Throws `invalid_settings`,
 * naming `field`, when it is empty or no base64.
 */
export function signingKey(secret: string, field: string): Buffer {
  const encoded = secret.startsWith(PREFIX) ? secret.slice(PREFIX.length) : null;
  const valid = encoded === null || /^[A-Za-z0-9+/]+={0,2}$/.test(encoded);
  const key = encoded === null ? Buffer.from(secret) : Buffer.from(encoded, 'base64');
  if (valid && key.length > 0) return key;
  throw new HeadgateError('invalid_settings', `'${field}' is not a signing secret`, {
    hint: 'write `whsec_` and base64, or any other text',
  });
}

/** What the standard signs: `id.timestamp.body`. */
export function signature(key: Buffer, id: string, seconds: string, body: string | Buffer): Buffer {
  return createHmac('sha256', key).update(`${id}.${seconds}.`).update(body).digest();
}

/** Signs messages; while a secret is being replaced, with both. */
export type Signer = (id: string, body: string, nowMs: number) => Readonly<Record<string, string>>;

export function createSigner(signing: { readonly secret: string; readonly previousSecret?: string }): Signer {
  const keys = [signingKey(signing.secret, 'signing.secret')];
  if (signing.previousSecret !== undefined) keys.push(signingKey(signing.previousSecret, 'signing.previousSecret'));
  return (id, body, nowMs) => {
    const seconds = String(Math.floor(nowMs / 1000));
    return {
      'webhook-id': id,
      'webhook-timestamp': seconds,
      'webhook-signature': keys.map((key) => `v1,${signature(key, id, seconds, body).toString('base64')}`).join(' '),
    };
  };
}
