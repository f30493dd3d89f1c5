import { Type } from 'typebox';
import { describe, expect, test } from 'vitest';
import { MapOf, Strict } from '../crds/common.ts';
import type { Connector } from './ports.ts';
import { Secret } from './secret.ts';
import { checkSettings, resolveSettings } from './settings.ts';

const connector: Connector = {
  name: 'shop',
  title: 'Shop',
  summary: 'A shop.',
  settings: Strict({
    url: Secret('Where.'),
    headers: Type.Optional(MapOf(Secret('A value.'))),
    port: Type.Optional(Type.Integer({ default: 443, minimum: 1 })),
    secure: Type.Optional(Type.Boolean({ default: true })),
    auth: Type.Optional(
      Type.Union([Strict({ bearer: Secret('A token.') }), Strict({ retries: Type.Integer(), user: Type.String() })]),
    ),
  }),
  examples: [],
  check: () => Promise.resolve({ ok: true, message: '' }),
};
const pointer = '/spec/settings';
const url = '${secret:shop/url}';
const check = (settings: Record<string, unknown>) => checkSettings(connector, settings, { pointer });

describe('settings in a resource', () => {
  test('fills in defaults on a copy', () => {
    const given = { url };
    expect(check(given)).toEqual({ settings: { url, port: 443, secure: true }, issues: [] });
    expect(given).toEqual({ url });
  });

  test.each([
    ['a reference for a number', { url, port: '${env:PORT}' }],
    ['a reference for a boolean', { url, secure: '${var:SECURE}' }],
    ['a secret in a map', { url, headers: { 'x-key': 'Key ${env:KEY}' } }],
    ['a reference in a union', { url, auth: { retries: '${var:N}', user: 'u' } }],
    ['a secret in a union', { url, auth: { bearer: '${env:T}' } }],
  ])('accepts %s', (_title, settings) => {
    expect(check(settings).issues).toEqual([]);
  });

  test.each([
    ['a literal secret', { url: 'https://x' }, '/url', /'url' is secret/, 'literal_secret'],
    ['a variable as a secret', { url: '${var:URL}' }, '/url', /'url' is secret/, 'literal_secret'],
    ['a literal in a map of secrets', { url, headers: { a: 'b' } }, '/headers/a', /headers\.a/, 'literal_secret'],
    ['a literal secret in a union', { url, auth: { bearer: 'b' } }, '/auth/bearer', /bearer/, 'literal_secret'],
    ['an unknown field', { url, prot: 1 }, '/prot', /unknown field 'prot'; did you mean 'port'\?/, 'invalid_settings'],
    ['a missing field', {}, '', /lacks the field 'url'/, 'invalid_settings'],
    ['a wrong type', { url, port: 'x' }, '/port', /'port' must be integer/, 'invalid_settings'],
    ['a wrong number', { url, port: 0 }, '/port', /'port' must be >= 1/, 'invalid_settings'],
    ['an unknown reference', { url: '${vault:x} ${env:X}' }, '/url', /unknown kind of reference/, 'invalid_settings'],
  ])('refuses %s', (_title, settings, place, message, code) => {
    expect(check(settings).issues).toContainEqual(
      expect.objectContaining({ pointer: pointer + place, message: expect.stringMatching(message) as string, code }),
    );
  });
});

describe('settings in the runner', () => {
  const resolve = (settings: Record<string, unknown>) => resolveSettings(connector, settings, { pointer });

  test('turns resolved text into what the schema asks for', () => {
    expect(resolve({ url: 'https://x', port: '8443', secure: 'false' })).toEqual({
      url: 'https://x',
      port: 8443,
      secure: false,
    });
  });

  test('refuses what does not fit, without values', () => {
    const attempt = (): unknown => resolve({ url: 'https://hidden', port: 'hidden-too' });
    expect(attempt).toThrow(/'port' must be integer/);
    expect(attempt).toThrow(expect.objectContaining({ code: 'invalid_settings', at: '/spec/settings/port' }));
    expect(attempt).not.toThrow(/hidden/);
  });
});
