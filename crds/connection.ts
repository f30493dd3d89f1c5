import { Type, type Static } from 'typebox';
import { COLUMNS, MapOf, Name, Strict, commonStatus, type KindDefinition } from './common.ts';

export const ConnectionSpec = Strict(
  {
    connector: Name('A connector from the catalogue.'),
    title: Type.Optional(Type.String({ description: 'A name for people, in any script.', maxLength: 256 })),
    enabled: Type.Optional(Type.Boolean({ description: 'false: no pipeline may use it for now.', default: true })),
    settings: Type.Optional(
      MapOf(Type.Unknown(), {
        description:
          "The connector's settings. Secret fields take references only: `${env:NAME}`, `${file:/path}`, `${secret:name/key}`.",
        'x-kubernetes-preserve-unknown-fields': true,
        examples: [{ url: '${secret:shop-db/url}' }],
      }),
    ),
    synchronizations: Type.Optional(
      Type.Array(
        Strict({
          eventType: Type.String({
            description: 'A type of event, such as order.created, or its beginning with a `*` behind it.',
            minLength: 1,
            maxLength: 255,
          }),
          enabled: Type.Optional(Type.Boolean({ description: 'Whether it is acted upon.', default: true })),
        }),
        {
          description:
            'Which types of events are acted upon: taken where stream pipelines read from the connection, delivered where they write to it. The entry that names a type most exactly decides; types that none names are not acted upon. Left out or empty: all types are.',
          maxItems: 1000,
        },
      ),
    ),
  },
  { description: 'A connector with its settings, used by many pipelines.' },
);
export type ConnectionSpec = Static<typeof ConnectionSpec>;

export const ConnectionStatus = Strict({ ...commonStatus });
export type ConnectionStatus = Static<typeof ConnectionStatus>;

export const connectionKind: KindDefinition = {
  kind: 'Connection',
  plural: 'connections',
  shortNames: ['conn'],
  summary:
    'A connector with its settings, declared once and used by many pipelines. The API also calls it integration.',
  example: `apiVersion: headgate.dev/v1alpha1
kind: Connection
metadata:
  name: shop-postgres
spec:
  connector: postgres
  title: The database of the shop
  settings:
    url: \${secret:shop-db/url}
`,
  spec: ConnectionSpec,
  status: ConnectionStatus,
  columns: [
    COLUMNS.ready('Whether it is usable.'),
    { name: 'Connector', type: 'string', jsonPath: '.spec.connector', description: 'Which connector.' },
    COLUMNS.age,
    COLUMNS.reason,
    {
      name: 'Enabled',
      type: 'boolean',
      jsonPath: '.spec.enabled',
      description: 'Whether it may be used.',
      priority: 1,
    },
    { name: 'Title', type: 'string', jsonPath: '.spec.title', description: 'Its name for people.', priority: 1 },
    COLUMNS.revision,
  ],
};
