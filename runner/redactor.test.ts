import { expect, test } from 'vitest';
import { Redactor } from './redactor.ts';

const SHOWN = '${secret:a/b}';
const redactor = (value: string): Redactor => {
  const made = new Redactor();
  made.add(value, SHOWN);
  return made;
};
const b64 = (text: string): string => Buffer.from(text).toString('base64');
const ODD = 'p@ss "w&ö\\rd/+%\'(x)!';

test.each([
  ['itself', ODD],
  ['in JSON', JSON.stringify({ a: ODD })],
  ['in JSON within JSON', JSON.stringify({ a: JSON.stringify({ b: ODD }) })],
  ['percent-encoded', encodeURIComponent(ODD)],
  [
    'percent-encoded to the letter',
    encodeURIComponent(ODD).replaceAll(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`),
  ],
  ['percent-encoded in small letters', encodeURIComponent(ODD).replaceAll(/%../g, (c) => c.toLowerCase())],
  ['of a form', new URLSearchParams({ a: ODD }).toString()],
  ['base 64', b64(ODD)],
  ['base 64 for URLs', Buffer.from(ODD).toString('base64url')],
  ['base 64 behind a name', b64(`me:${ODD}`)],
  ['base 64 behind another name', b64(`user:${ODD}`)],
  ['base 64 in the middle', b64(`{"k":"x${ODD}y"}`)],
])('%s', (_what, text) => {
  const redacted = redactor(ODD).text(`before ${text} behind`);
  expect(redacted).toContain(SHOWN);
  for (const part of [ODD, encodeURIComponent(ODD), b64(ODD).slice(4, -6)]) expect(redacted).not.toContain(part);
});

test('the lines of a key, and the value without the line break at its end', () => {
  const pem = '-----BEGIN KEY-----\nMIIEvQIBADANBgkqhkiG9w0\nshort\n-----END KEY-----\n';
  const redact = redactor(pem);
  expect(redact.text(`a ${pem} b`)).toBe(`a ${SHOWN} b`);
  expect(redact.text(pem.trim())).toBe(SHOWN);
  expect(redact.text('line 2: MIIEvQIBADANBgkqhkiG9w0')).toBe(`line 2: ${SHOWN}`);
  expect(redact.text('a short text')).toBe('a short text');
});

test('the password of a URL, as it stands there and decoded', () => {
  const redact = redactor('postgres://me:p%40ssword@db/x');
  expect(redact.text('failed for p%40ssword')).toBe(`failed for ${SHOWN}`);
  expect(redact.text('failed for p@ssword')).toBe(`failed for ${SHOWN}`);
});

test('short values are left alone, and one within another is no trouble', () => {
  const redact = new Redactor();
  redact.add('abc', '${env:A}');
  redact.add('longer-value', '${env:B}');
  redact.add('longer-value-still', '${env:C}');
  expect(redact.text('abc longer-value-still longer-value')).toBe('abc ${env:C} ${env:B}');
});
