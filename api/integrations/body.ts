/** What a request says of an integration, in fields. */
import { Type } from 'typebox';
import { MapOf, Name, Strict } from '../../crds/common.ts';
import { IntegrationView } from '../views/integration.ts';

const Service = Name('The connector, by its name in the catalogue.');
const fields = {
  enabled: Type.Optional(Type.Boolean({ description: 'Whether pipelines may use it. Left out of a new one: true.' })),
  name: Type.Optional(
    Type.String({
      description:
        'A name for people; that of the resource is made from it (`klaviyo-marketing`, `klaviyo-marketing-2` where another integration has that), and stays when it is changed. Left out: as the service.',
      minLength: 1,
      maxLength: 256,
      pattern: '\\S',
      examples: ['Klaviyo Marketing'],
    }),
  ),
  title: Type.Optional(
    Type.Union([Type.String({ minLength: 1, maxLength: 256, pattern: '\\S' }), Type.Null()], {
      description: 'The name for people as answers show it; null: none but that of the resource. `name` does as well.',
    }),
  ),
  settings: Type.Optional(
    MapOf(Type.Unknown(), {
      description:
        "The connector's settings, also in other spellings (`apiKey`, `api_key`). Values of secret ones are put into the secret store, and Git holds references to them.",
      maxProperties: 1000,
      examples: [{ apiKey: 'pk_xxx...' }],
    }),
  ),
  synchronizations: Type.Optional(
    Type.Array(
      Strict({
        eventType: Type.String({
          description: 'A type of event, or its beginning with a `*` behind it.',
          minLength: 1,
          maxLength: 255,
          examples: ['order.created'],
        }),
        enabled: Type.Boolean({ description: 'Whether it is acted upon.', default: true }),
      }),
      { description: 'Which events it acts upon; none named: all.', maxItems: 1000 },
    ),
  ),
};
/** Fields of answers that no request changes: sent back, they are ignored. */
const ignored = Object.fromEntries(
  Object.keys(IntegrationView.properties)
    .filter((name) => name !== 'service' && !(name in fields))
    .map((name) => [name, Type.Optional(Type.Unknown({ readOnly: true, description: 'Ignored.' }))]),
);
export const NewIntegration = Strict({ service: Service, ...fields, ...ignored }, { title: 'NewIntegration' });
export const IntegrationChange = Strict(
  { service: Type.Optional(Service), ...fields, ...ignored },
  { title: 'IntegrationChange' },
);
