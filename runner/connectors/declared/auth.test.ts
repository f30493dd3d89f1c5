import { describe, expect, test } from 'vitest';
import { findConnector } from '../index.ts';
import { authSettings, chooseAuth } from './auth.ts';

const hubspot = findConnector('hubspot')!.manifest!;
const klaviyo = findConnector('klaviyo')!.manifest!;
const rest = findConnector('rest')!.manifest!;

describe('the way that is used', () => {
  test('is the first whose settings are given', () => {
    expect(chooseAuth(hubspot.auth, { token: 't' })).toEqual({ fixed: { bearer: { token: 't' } } });
    const oauth = { clientId: 'c', clientSecret: 's', refreshToken: 'r', tokenUrl: 'https://t.example.com' };
    expect(chooseAuth(hubspot.auth, oauth).grant).toMatchObject({ clientId: 'c', refreshToken: 'r' });
    expect(chooseAuth(rest.auth, {})).toEqual({});
    expect(chooseAuth(undefined, {})).toEqual({});
  });

  test('is missing where no way has all of them', () => {
    expect(() => chooseAuth(hubspot.auth, { clientId: 'c' })).toThrow('the settings for authentication are missing');
  });
});

describe('the flat form of the API', () => {
  test.each([
    [hubspot, { type: 'api_key', params: { token: 'pat' } }, { token: 'pat' }],
    [hubspot, { type: 'bearer', params: { access_token: 'pat' } }, { token: 'pat' }],
    [
      hubspot,
      { type: 'oauth2', params: { client_id: 'c', client_secret: 's', refresh_token: 'r' } },
      { clientId: 'c', clientSecret: 's', refreshToken: 'r' },
    ],
    [klaviyo, { type: 'api_key', params: { key: 'pk' } }, { apiKey: 'pk' }],
    [rest, { type: 'basic', params: { username: 'u', password: 'p' } }, { username: 'u', password: 'p' }],
    [rest, { type: 'none' }, {}],
  ])('%#', (manifest, given, settings) => {
    expect(authSettings(manifest, given)).toEqual(settings);
  });

  test('what the connector does not know is refused', () => {
    expect(() => authSettings(klaviyo, { type: 'basic', params: {} })).toThrow("no authentication 'basic'");
    expect(() => authSettings(klaviyo, { type: 'api_key', params: { colour: 'x' } })).toThrow(
      "'colour' is no parameter",
    );
  });
});
