/** Whether a notice was sent by who knows the secret. All comparisons take constant time. */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { Header, Provider } from './push.ts';

/** Header fields that carry an HMAC-SHA-256 of the body in hex, with what stands before it. */
const HMAC: Readonly<Partial<Record<Provider, readonly (readonly [name: string, prefix: string])[]>>> = {
  // https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
  github: [['x-hub-signature-256', 'sha256=']],
  gitea: [
    ['x-gitea-signature', ''],
    ['x-forgejo-signature', ''],
  ],
  // https://support.atlassian.com/bitbucket-cloud/docs/manage-webhooks/#Secure-webhooks
  bitbucket: [['x-hub-signature', 'sha256=']],
  generic: [['x-headgate-signature', 'sha256=']],
};

/** Header fields that carry the secret itself. */
const TOKENS: Readonly<Partial<Record<Provider, string>>> = {
  // https://docs.gitlab.com/user/project/integrations/webhooks/
  gitlab: 'x-gitlab-token',
  generic: 'x-headgate-token',
};

/** Of what is given every part must be right, and one must be given. `body`: as it came. */
export function isSigned(provider: Provider, body: Uint8Array, header: Header, secret: string): boolean {
  const checks: boolean[] = [];
  for (const [name, prefix] of HMAC[provider] ?? []) {
    const given = header(name);
    if (given === undefined) continue;
    const expected = createHmac('sha256', secret).update(body).digest();
    checks.push(given.startsWith(prefix) && isEqual(Buffer.from(given.slice(prefix.length), 'hex'), expected));
  }
  const token = TOKENS[provider] === undefined ? undefined : header(TOKENS[provider]);
  if (token !== undefined) checks.push(isEqual(digest(token), digest(secret)));
  return checks.length > 0 && checks.every(Boolean);
}

function isEqual(given: Buffer, expected: Buffer): boolean {
  return given.length === expected.length && timingSafeEqual(given, expected);
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
