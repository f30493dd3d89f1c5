import { Type, type Static } from 'typebox';
import { OneOf, Strict } from '../../../crds/common.ts';
import { Secret } from '../../secret.ts';
import { Text } from '../../../crds/http-fields.ts';

/** One key says which kind. */
export const Auth = Strict(
  {
    bearer: Type.Optional(Strict({ token: Secret('The token.') }, { description: '`Authorization: Bearer <token>`.' })),
    basic: Type.Optional(
      Strict(
        { username: Text('The user.'), password: Secret('The password.') },
        { description: 'HTTP Basic authentication (RFC 7617).' },
      ),
    ),
    apiKey: Type.Optional(
      Strict(
        {
          name: Text('Name of the header or query parameter.', { examples: ['X-Api-Key'] }),
          value: Secret('The key.'),
          in: Type.Optional(OneOf(['header', 'query'], { description: 'Where the key goes.', default: 'header' })),
        },
        { description: 'A key in a header or a query parameter.' },
      ),
    ),
    header: Type.Optional(
      Strict(
        { name: Text('Name of the header.', { default: 'Authorization' }), value: Secret('The whole value.') },
        { description: 'A header whose whole value is secret.' },
      ),
    ),
  },
  { description: 'How requests prove who they are; exactly one of the keys.', minProperties: 1, maxProperties: 1 },
);
export type Auth = Static<typeof Auth>;
