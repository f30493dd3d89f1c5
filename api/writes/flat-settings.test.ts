import { Type } from 'typebox';
import { expect, it } from 'vitest';
import { Strict } from '../../crds/common.ts';
import { http } from '../../runner/connectors/http.ts';
import { postgres } from '../../runner/connectors/postgres.ts';
import { Secret } from '../../runner/secret.ts';
import { flatSettings } from './flat-settings.ts';

const hubspot = Strict({ accessToken: Secret('The token.'), baseUrl: Type.Optional(Type.String()) });
const bigquery = Strict({ projectId: Type.String(), dataset: Type.String(), credentials: Secret('A key.') });
const tokens = Strict({ token: Secret('One.'), clientSecret: Secret('Two.'), refreshToken: Secret('Three.') });
const oauth = Strict({ clientId: Type.String(), clientSecret: Secret('A.'), refreshToken: Secret('B.') });

it.each([
  ['the only secret', hubspot, {}, { type: 'api_key', params: { token: 'pat-xxx' } }, { accessToken: 'pat-xxx' }],
  ['by name', hubspot, {}, { type: 'bearer', params: { access_token: 'x' } }, { accessToken: 'x' }],
  ['beside config', hubspot, { base_url: 'u' }, { params: { key: 'x' } }, { baseUrl: 'u', accessToken: 'x' }],
  ['a secret that is there', hubspot, { accessToken: 'a' }, { params: { key: 'x' } }, { accessToken: 'a', key: 'x' }],
  [
    'spellings',
    bigquery,
    { project_id: 'my-project', dataset: 'raw_data' },
    undefined,
    { projectId: 'my-project', dataset: 'raw_data' },
  ],
  [
    'several params',
    oauth,
    {},
    { type: 'oauth2', params: { client_id: 'c', client_secret: 's', refresh_token: 'r' } },
    { clientId: 'c', clientSecret: 's', refreshToken: 'r' },
  ],
  ['several secrets: nothing is guessed', oauth, {}, { params: { token: 't' } }, { token: 't' }],
  [
    'a user is no secret, whatever is left',
    postgres.settings,
    { hostname: 'db', dbname: 'shop' },
    { type: 'basic', params: { username: 'u', password: 'p' } },
    { host: 'db', database: 'shop', user: 'u', password: 'p' },
  ],
  [
    'one address with all in it',
    postgres.settings,
    {},
    { type: 'connection_string', params: { connection_string: 'postgres://u:p@db/shop' } },
    { url: 'postgres://u:p@db/shop' },
  ],
  ['a name that is no secret', hubspot, {}, { params: { username: 'u' } }, { username: 'u' }],
  ['a key where the connector says token', tokens, {}, { type: 'api_key', params: { api_key: 'k' } }, { token: 'k' }],
  [
    'two spellings of one',
    tokens,
    {},
    { params: { token: 'k', access_token: 'l' } },
    { token: 'k', access_token: 'l' },
  ],
  [
    'a connector with kinds of authentication',
    http.settings,
    { url: 'https://api.example.com' },
    { type: 'bearer', params: { token: 't' } },
    { url: 'https://api.example.com', auth: { bearer: { token: 't' } } },
  ],
  [
    'a kind with fields of its own',
    http.settings,
    {},
    { type: 'api_key', params: { name: 'X-Key', token: 't' } },
    { auth: { apiKey: { name: 'X-Key', value: 't' } } },
  ],
  ['an unknown kind', http.settings, {}, { type: 'ntlm', params: { domain: 'd' } }, { domain: 'd' }],
])('%s', (_, schema, config, authentication, settings) => {
  expect(flatSettings(schema, config, authentication)).toEqual(settings);
});
