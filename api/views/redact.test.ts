import { expect, test } from 'vitest';
import { looksSecret, redactConfig, redactSettings, redactVariables } from './redact.ts';

const SECRET = `password DB_PASSWORD passwd apiKey api_key X-Api-Key access_key_id SECRET client_secret token AUTH_TOKEN
  Authorization private_key credentials PWD Cookie webhook_signature`;
test.each(SECRET.split(/\s+/))('%s looks secret', (name) => {
  expect(looksSecret(name)).toBe(true);
});

test.each(['REGION', 'path', 'table', 'key', 'keys', 'user', 'author', 'url', 'compass', 'secretName', 'secretKeyRef'])(
  '%s does not',
  (name) => {
    expect(looksSecret(name)).toBe(false);
  },
);

test('settings keep their form, and lose secret texts at any depth', () => {
  const settings = {
    url: 'postgres://ada:lovelace@db.example.com/shop',
    port: 5432,
    password: '${secret:shop-db/password}',
    headers: { Authorization: 'Bearer abc', Accept: 'text/csv' },
    tokens: ['one', '${env:TWO}'],
    auth: [{ type: 'basic', passphrase: 'xyz', nested: { secret: { value: 'not by its own name' } } }],
    mixed_token: 'prefix-${env:NAME}',
  };
  expect(redactSettings(settings)).toEqual({
    url: 'postgres://[redacted]@db.example.com/shop',
    port: 5432,
    password: '${secret:shop-db/password}',
    headers: { Authorization: '[redacted]', Accept: 'text/csv' },
    tokens: ['[redacted]', '${env:TWO}'],
    auth: [{ type: 'basic', passphrase: '[redacted]', nested: { secret: { value: '[redacted]' } } }],
    mixed_token: '[redacted]',
  });
});

test('variables', () => {
  expect(redactVariables({ REGION: 'eu', TOKEN: 'abc', TOKEN_REF: '${env:TOKEN}' })).toEqual({
    REGION: 'eu',
    TOKEN: '[redacted]',
    TOKEN_REF: '${env:TOKEN}',
  });
});

test('a spec is redacted where people put values, and nowhere else', () => {
  const spec = {
    source: { connector: 'http', settings: { headers: { Authorization: 'Bearer abc' } }, query: 'token' },
    transforms: [{ mask: { password: 'sha256' } }, { rename: { api_token: 'token' } }],
    variables: { TOKEN: 'abc', REGION: 'eu' },
    runner: {
      podTemplate: {
        env: [
          { name: 'TOKEN', value: 'abc' },
          { name: 'REGION', value: 'eu' },
        ],
      },
    },
  };
  expect(redactConfig(spec)).toEqual({
    source: { connector: 'http', settings: { headers: { Authorization: '[redacted]' } }, query: 'token' },
    transforms: [{ mask: { password: 'sha256' } }, { rename: { api_token: 'token' } }],
    variables: { TOKEN: '[redacted]', REGION: 'eu' },
    runner: {
      podTemplate: {
        env: [
          { name: 'TOKEN', value: '[redacted]' },
          { name: 'REGION', value: 'eu' },
        ],
      },
    },
  });
});
