import { Type, type Static } from 'typebox';
import { OneOf, Strict } from '../common.ts';
import { Template, Templates } from './parts.ts';

const oauth = {
  tokenUrl: Template('Where tokens are asked for (RFC 6749, 3.2).', {
    minLength: 1,
    examples: ['https://auth.example.com/oauth/token'],
  }),
  clientId: Template('The id of the client.', { minLength: 1, examples: ['${settings.clientId}'] }),
  scope: Type.Optional(Template('Scopes, separated by blanks.', { examples: ['read write'] })),
  params: Type.Optional(Templates('Further parameters of the token request.', { audience: 'https://api.example.com' })),
  clientAuth: Type.Optional(
    OneOf(['body', 'basic'], {
      description: 'How the client proves itself: in the form, or with HTTP Basic authentication.',
      default: 'body',
    }),
  ),
};

/** The ways to authenticate. */
export const ConnectorAuth = Strict(
  {
    bearer: Type.Optional(
      Strict(
        { token: Template('The token.', { examples: ['${settings.token}'] }) },
        { description: '`Authorization: Bearer <token>`.' },
      ),
    ),
    apiKey: Type.Optional(
      Strict(
        {
          name: Template('Name of the header or query parameter.', { minLength: 1, examples: ['X-Api-Key'] }),
          value: Template('The whole value.', { examples: ['${settings.apiKey}'] }),
          in: Type.Optional(OneOf(['header', 'query'], { description: 'Where the key goes.', default: 'header' })),
        },
        { description: 'A key in a header or a query parameter.' },
      ),
    ),
    basic: Type.Optional(
      Strict(
        { username: Template('The user.'), password: Template('The password.') },
        { description: 'HTTP Basic authentication (RFC 7617).' },
      ),
    ),
    refreshToken: Type.Optional(
      Strict(
        {
          ...oauth,
          clientSecret: Type.Optional(Template('The secret of the client, where it has one.')),
          refreshToken: Template('The refresh token.', { examples: ['${settings.refreshToken}'] }),
        },
        { description: 'OAuth 2.0 with a refresh token (RFC 6749, 6).' },
      ),
    ),
    clientCredentials: Type.Optional(
      Strict(
        { ...oauth, clientSecret: Template('The secret of the client.', { examples: ['${settings.clientSecret}'] }) },
        { description: 'OAuth 2.0 with the client credentials grant (RFC 6749, 4.4).' },
      ),
    ),
    none: Type.Optional(Strict({}, { description: 'Nothing, where none of the others has its settings.' })),
  },
  {
    description:
      'How requests prove who they are. Of several ways, the first (in the order of this table) whose settings are all given is used. An access token is kept, and renewed before it expires and when it is refused.',
    minProperties: 1,
  },
);
export type ConnectorAuth = Static<typeof ConnectorAuth>;
