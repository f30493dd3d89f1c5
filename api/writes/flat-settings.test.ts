import { Type } from 'typebox';
import { expect, it } from 'vitest';
import { Strict } from '../../crds/common.ts';
import { http } from '../../runner/connectors/http.ts';
import { Secret } from '../../runner/secret.ts';
import { flatSettings } from './flat-settings.ts';

const hubspot = Strict({ accessToken: Secret('The token.'), baseUrl: Type.Optional(Type.String()) });
const bigquery = Strict({ projectId: Type.String(), dataset: Type.String(), credentials: Secret('A key.') });
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
