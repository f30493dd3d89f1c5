import { expect, test } from 'vitest';
import { checkTogether } from './check.ts';
import { inspectFile, type DeclaredEntry } from './inspect.ts';

const HEAD = 'apiVersion: headgate.dev/v1alpha1\n';
const CONNECTOR = `${HEAD}kind: Connector
metadata: {name: helpdesk}
spec:
  title: Helpdesk
  summary: Reads tickets.
  baseUrl: https://api.example.com
  settings:
    token: {description: The token., secret: true, required: true}
    region: {description: Where., enum: [eu, us], default: eu}
  auth: {bearer: {token: '\${settings.token}'}}
  streams: [{name: tickets, path: tickets}, {name: users, path: users}]
`;
const connection = (settings: string, connector = 'helpdesk'): string =>
  `${HEAD}kind: Connection\nmetadata: {name: desk}\nspec:\n  connector: ${connector}\n  settings: ${settings}\n`;
const pipeline = (endpoint: string, side = 'source'): string =>
  `${HEAD}kind: Pipeline\nmetadata: {name: p}\nspec:\n  ${side}: ${endpoint}\n  ${
    side === 'source' ? 'destination: {connector: stdout}' : 'source: {connector: generator, stream: orders}'
  }\n`;

function check(
  files: Readonly<Record<string, string>>,
  manifestOf?: (key: string) => DeclaredEntry['manifest'] | null,
) {
  const entries: DeclaredEntry[] = [];
  const errors = Object.entries(files).flatMap(([name, text]) => {
    // Through JSON, as findings are kept.
    const { findings } = JSON.parse(JSON.stringify(inspectFile(Buffer.from(text), name))) as ReturnType<
      typeof inspectFile
    >;
    entries.push(...findings.entries);
    return findings.errors;
  });
  const together = checkTogether(entries, {
    ownerOf: () => null,
    connectorOf: () => null,
    ...(manifestOf === undefined ? {} : { manifestOf: (key) => manifestOf(key) ?? null }),
  });
  return {
    good: together.good.map(({ key }) => key),
    errors: [...errors, ...together.errors].map(({ code, message, at, hint }) => ({ code, message, at, hint })),
  };
}

test('a connector of another file is known', () => {
  const files = {
    'a.yaml': connection("{token: '${env:TOKEN}'}"),
    'b.yaml': pipeline("{connector: helpdesk, stream: tickets, settings: {token: '${env:TOKEN}'}}"),
    'c.yaml': CONNECTOR,
  };
  expect(check(files)).toEqual({
    good: ['Connection/default/desk', 'Pipeline/default/p', 'Connector/default/helpdesk'],
    errors: [],
  });
});

test('a connector that another repository declares is known, too', () => {
  const { findings } = inspectFile(Buffer.from(CONNECTOR), 'c.yaml');
  const { errors } = check({ 'a.yaml': connection("{token: '${env:TOKEN}'}") }, (key) =>
    key === 'Connector/default/helpdesk' ? findings.entries[0]!.manifest : null,
  );
  expect(errors).toEqual([]);
});

test.each<[string, Record<string, string>, object]>([
  [
    'a name that nobody declares',
    { 'a.yaml': connection('{}', 'helpdsk'), 'c.yaml': CONNECTOR },
    { code: 'reference_not_found', at: 'a.yaml:5:14', hint: "did you mean 'helpdesk'?" },
  ],
  [
    'a setting that is unknown',
    { 'a.yaml': connection("{token: '${env:T}', regoin: eu}"), 'c.yaml': CONNECTOR },
    {
      code: 'invalid_settings',
      at: 'a.yaml:6:41',
      message: "Connection/default/desk: /spec/settings/regoin unknown field 'regoin'; did you mean 'region'?",
    },
  ],
  [
    'a secret in plain text',
    { 'a.yaml': connection('{token: hunter2}'), 'c.yaml': CONNECTOR },
    { code: 'literal_secret', at: 'a.yaml:6:21' },
  ],
  [
    'a stream that it does not have',
    {
      'b.yaml': pipeline("{connector: helpdesk, stream: tickts, settings: {token: '${env:T}'}}"),
      'c.yaml': CONNECTOR,
    },
    { code: 'invalid_settings', at: 'b.yaml:5:41', hint: "did you mean 'tickets'?" },
  ],
  [
    'a side that it does not have',
    { 'b.yaml': pipeline('{connector: helpdesk}', 'destination'), 'c.yaml': CONNECTOR },
    {
      code: 'invalid_resource',
      message: 'Pipeline/default/p: /spec/destination/connector connector helpdesk has no destination',
    },
  ],
  [
    'a side that it does not have, through a connection',
    {
      'a.yaml': connection("{token: '${env:T}'}"),
      'b.yaml': pipeline('{connection: desk}', 'destination'),
      'c.yaml': CONNECTOR,
    },
    { code: 'invalid_resource', message: "connection 'desk' (helpdesk) cannot be used as a destination" },
  ],
  [
    'an expression that is wrong',
    { 'c.yaml': CONNECTOR.replace('${settings.token}', '${settings.tokn}') },
    { code: 'invalid_resource', at: 'c.yaml:11:26', message: expect.stringContaining("there is no setting 'tokn'") },
  ],
  [
    'a name of the catalogue',
    { 'c.yaml': CONNECTOR.replace('name: helpdesk', 'name: stripe') },
    { code: 'invalid_resource', at: 'c.yaml:3:18', hint: 'choose another name' },
  ],
])('says of %s what is wrong and where', (_what, files, expected) => {
  const { errors } = check(files);
  expect(errors).toHaveLength(1);
  expect(errors[0]).toMatchObject(expected);
});
