import { Type, type Static } from 'typebox';
import { COLUMNS, commonStatus, OneOf, rules, Strict, type KindDefinition } from './common.ts';
import { ConnectorAction } from './connector/actions.ts';
import { AnswerRules, RateLimit } from './connector/answers.ts';
import { ConnectorAuth } from './connector/auth.ts';
import { Document, Expression, Template, Templates } from './connector/parts.ts';
import { SettingFields } from './connector/settings.ts';
import { ConnectorStream } from './connector/streams.ts';

export type { ConnectorAction } from './connector/actions.ts';
export type { AnswerRule, RateLimit } from './connector/answers.ts';
export type { ConnectorAuth } from './connector/auth.ts';
export type { SettingField } from './connector/settings.ts';
export type { ConnectorStream } from './connector/streams.ts';

const Check = Strict(
  {
    method: Type.Optional(OneOf(['GET', 'POST'], { description: 'The method.', default: 'GET' })),
    path: Template('A path below `baseUrl`.', { examples: ['v1/me'] }),
    query: Type.Optional(Templates('Query parameters.', { limit: '1' })),
    body: Type.Optional(Document('The JSON body of a POST.', {})),
    expect: Type.Optional(
      Expression('A condition over `status`, `headers`, `body` and `settings`; without it 2xx will do.', 'body.ok'),
    ),
  },
  { description: 'A request that proves the connection. Without it, the base address must answer.' },
);

export const ConnectorSpec = Strict(
  {
    title: Type.String({ description: 'A name for people, in any script.', minLength: 1, maxLength: 256 }),
    summary: Type.String({ description: 'One sentence on what it does.', minLength: 1, maxLength: 1024 }),
    baseUrl: Template(
      'Address of the API, http or https, over `settings`. Users may put another one into the setting `baseUrl`.',
      { minLength: 1, examples: ['https://api.example.com/${settings.region}'] },
    ),
    settings: Type.Optional(SettingFields),
    headers: Type.Optional(Templates('Headers of every request, over `settings`.', { 'x-api-version': '2025-01-01' })),
    query: Type.Optional(Templates('Query parameters of every request, over `settings`.', { locale: 'en' })),
    auth: Type.Optional(ConnectorAuth),
    check: Type.Optional(Check),
    rateLimit: Type.Optional(RateLimit),
    answers: Type.Optional(AnswerRules),
    streams: Type.Optional(Type.Array(ConnectorStream, { description: 'What can be read.', maxItems: 200 })),
    actions: Type.Optional(Type.Array(ConnectorAction, { description: 'What can be written.', maxItems: 200 })),
    eventTypes: Type.Optional(
      Type.Array(
        Strict({
          name: Type.String({ description: 'Dotted name, such as order.created.', minLength: 1, maxLength: 255 }),
          description: Type.Optional(Type.String({ description: 'For the catalogue.', maxLength: 2048 })),
        }),
        { description: 'Events that the catalogue offers, beside those that actions name.', maxItems: 1000 },
      ),
    ),
  },
  {
    description:
      'A connector without code. In its texts `${…}` holds an expression (CEL) over the names that the field says; `$${` stands for `${`.',
    ...rules(
      {
        rule: '(has(self.streams) ? size(self.streams) : 0) + (has(self.actions) ? size(self.actions) : 0) > 0',
        message: 'a connector needs streams to read, or actions to write',
      },
      {
        rule: '!has(self.streams) || self.streams.all(s, self.streams.exists_one(t, t.name == s.name))',
        message: 'each stream needs a name of its own',
      },
      {
        rule: '!has(self.actions) || self.actions.all(a, self.actions.exists_one(b, b.name == a.name))',
        message: 'each action needs a name of its own',
      },
    ),
  },
);
export type ConnectorSpec = Static<typeof ConnectorSpec>;

export const ConnectorStatus = Strict({ ...commonStatus });
export type ConnectorStatus = Static<typeof ConnectorStatus>;

export const connectorKind: KindDefinition = {
  kind: 'Connector',
  plural: 'connectors',
  shortNames: ['hgconnector'],
  summary:
    'A connector to an HTTP API, declared instead of programmed. Connections and pipelines of its workspace name it like one of the catalogue.',
  example: `apiVersion: headgate.dev/v1alpha1
kind: Connector
metadata:
  name: helpdesk
spec:
  title: Helpdesk
  summary: Reads tickets and opens new ones.
  baseUrl: https://api.helpdesk.example.com/v2
  settings:
    token: {description: The access token., secret: true, required: true}
  auth:
    bearer: {token: '\${settings.token}'}
  check: {path: me}
  streams:
    - name: tickets
      path: tickets
      records: data
      pagination: {cursor: {path: meta.next, param: cursor}}
      incremental: {cursor: updated_at, param: updated_since}
  actions:
    - name: create-ticket
      path: tickets
      body: {subject: '\${record.subject}', channel: api}
`,
  spec: ConnectorSpec,
  status: ConnectorStatus,
  columns: [
    COLUMNS.ready('Whether it is usable.'),
    { name: 'Title', type: 'string', jsonPath: '.spec.title', description: 'Its name for people.' },
    COLUMNS.age,
    COLUMNS.reason,
    { name: 'Base URL', type: 'string', jsonPath: '.spec.baseUrl', description: 'Where its API is.', priority: 1 },
    COLUMNS.revision,
  ],
};
