/** Checks of signatures. All are over the bytes of the body as they came, and compared in constant time. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { HeadgateError } from '../../../foundation/errors.ts';
import { parseDuration } from '../../../foundation/time.ts';
import type { WebhookRequest } from '../../ports.ts';
import { signature as standardSignature, signingKey } from '../http/signing.ts';
import type { Signature } from './settings.ts';

/** Throws `signature_invalid`. */
export type Verify = (request: WebhookRequest) => void;

/** Throws `invalid_settings`. Without a signature everything passes: the API asks for a token then. */
export function createVerify(signature: Signature | undefined): Verify {
  if (signature?.standardWebhooks !== undefined) return standardWebhooks(signature.standardWebhooks);
  if (signature?.github !== undefined) {
    return hmac({ secret: signature.github.secret, header: 'x-hub-signature-256', prefix: 'sha256=' });
  }
  if (signature?.stripe !== undefined) return stripe(signature.stripe);
  if (signature?.hmac !== undefined) return hmac(signature.hmac);
  return () => undefined;
}

type Secrets = string | readonly string[];

const listOf = (secrets: Secrets): readonly string[] => (typeof secrets === 'string' ? [secrets] : secrets);

/** https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md */
function standardWebhooks(settings: NonNullable<Signature['standardWebhooks']>): Verify {
  const keys = listOf(settings.secret).map((secret) => signingKey(secret, 'signature.standardWebhooks.secret'));
  const toleranceMs = parseDuration(settings.tolerance ?? '5m');
  return (request) => {
    const id = header(request, 'webhook-id');
    const seconds = header(request, 'webhook-timestamp');
    checkTime(seconds, request.now, toleranceMs);
    const given = header(request, 'webhook-signature')
      .split(' ')
      .filter((one) => one.startsWith('v1,'))
      .map((one) => decoded(one.slice('v1,'.length), 'base64'));
    const expected = keys.map((key) => standardSignature(key, id, seconds, request.body));
    checkAny(given, expected);
  };
}

/** https://docs.stripe.com/webhooks#verify-manually */
function stripe(settings: NonNullable<Signature['stripe']>): Verify {
  const toleranceMs = parseDuration(settings.tolerance ?? '5m');
  return (request) => {
    const parts = header(request, 'stripe-signature')
      .split(',')
      .map((part) => part.trim().split('='));
    const [, seconds = ''] = parts.find(([name]) => name === 't') ?? [];
    checkTime(seconds, request.now, toleranceMs);
    const given = parts.filter(([name]) => name === 'v1').map(([, value = '']) => decoded(value, 'hex'));
    const expected = listOf(settings.secret).map((secret) =>
      createHmac('sha256', secret).update(`${seconds}.`).update(request.body).digest(),
    );
    checkAny(given, expected);
  };
}

function hmac(settings: NonNullable<Signature['hmac']>): Verify {
  const { prefix = '', timestampHeader, algorithm = 'sha256', encoding = 'hex' } = settings;
  const template = partsOf(settings);
  const toleranceMs = parseDuration(settings.tolerance ?? '5m');
  return (request) => {
    const timestamp = timestampHeader === undefined ? '' : header(request, timestampHeader);
    if (timestampHeader !== undefined) checkTime(timestamp, request.now, toleranceMs);
    const text = header(request, settings.header);
    const given = text.startsWith(prefix) ? decoded(text.slice(prefix.length), encoding) : null;
    const expected = listOf(settings.secret).map((secret) => {
      const mac = createHmac(algorithm, secret);
      for (const part of template) mac.update(part({ request, timestamp }));
      return mac.digest();
    });
    checkAny([given], expected);
  };
}

type Part = (values: { readonly request: WebhookRequest; readonly timestamp: string }) => string | Buffer;

/** The template taken apart. Throws `invalid_settings` when it lets anything be put in place of the body or the time. */
function partsOf(settings: NonNullable<Signature['hmac']>): readonly Part[] {
  const timed = settings.timestampHeader !== undefined;
  const template = settings.template ?? (timed ? '{timestamp}.{body}' : '{body}');
  const wrong = (why: string): HeadgateError =>
    new HeadgateError('invalid_settings', `'signature.hmac.template' ${why}`, {
      hint: 'write it like {timestamp}.{body}',
    });
  if (!template.includes('{body}')) throw wrong('does not hold {body}');
  if (template.includes('{timestamp}') !== timed) {
    throw wrong(timed ? 'does not hold {timestamp}, so the time proves nothing' : 'needs `timestampHeader`');
  }
  return template
    .split(/(\{[^{}]*\})/)
    .filter((text) => text !== '')
    .map((text): Part => {
      if (text === '{body}') return ({ request }) => request.body;
      if (text === '{timestamp}') return ({ timestamp }) => timestamp;
      const name = /^\{header:(.+)\}$/.exec(text)?.[1];
      if (name !== undefined) return ({ request }) => header(request, name);
      if (/[{}]/.test(text)) throw wrong(`holds the unknown placeholder ${text}`);
      return () => text;
    });
}

/** Throws where it is missing. */
function header({ headers }: WebhookRequest, name: string): string {
  const value = headers[name.toLowerCase()];
  if (value === undefined || value === '') throw invalid(`the header ${name.toLowerCase()} is missing`);
  return value;
}

/** In seconds since 1970, or in milliseconds: those of today have 13 digits. */
function checkTime(text: string, now: number, toleranceMs: number): void {
  if (!/^\d{1,16}$/.test(text)) throw invalid('the time of the request is no number');
  const number = Number(text);
  const time = number >= 1e11 ? number : number * 1000;
  if (Math.abs(now - time) > toleranceMs) throw invalid('the request is too old, or from the future');
}

/** Null for what is not written so. */
function decoded(text: string, encoding: 'hex' | 'base64'): Buffer | null {
  const form = encoding === 'hex' ? /^(?:[0-9a-fA-F]{2})+$/ : /^[A-Za-z0-9+/]+={0,2}$/;
  return form.test(text) ? Buffer.from(text, encoding) : null;
}

/** All are compared, whichever fits. */
function checkAny(given: readonly (Buffer | null)[], expected: readonly Buffer[]): void {
  let valid = false;
  for (const one of given) {
    for (const other of expected) {
      if (one?.length === other.length && timingSafeEqual(one, other)) valid = true;
    }
  }
  if (!valid) throw invalid('the signature is wrong');
}

const invalid = (message: string): HeadgateError => new HeadgateError('signature_invalid', message);
