import { resource, type MalformedCase } from './cases.ts';

/** A connector that is right but for the lines given, from line 8 on. */
const connector = (...lines: readonly string[]): string =>
  resource(
    'Connector',
    ['title: T', 'summary: S', 'baseUrl: https://api.example.com', ...lines].map((line) => `  ${line}`).join('\n'),
  );
const STREAM = 'streams: [{name: a, path: a}]';

export const CONNECTORS: readonly MalformedCase[] = [
  {
    name: 'a connector that does nothing',
    file: connector(),
    errors: [
      [
        'invalid_resource',
        '4:1',
        '/spec/streams',
        'spec.streams: is missing: a connector needs streams to read, or actions to write',
      ],
    ],
  },
  {
    name: 'a stream without path',
    file: connector('streams: [{name: a}]'),
    errors: [['invalid_resource', '8:13', '/spec/streams/0/path', 'spec.streams[0].path: is missing']],
  },
  {
    name: 'two streams of one name',
    file: connector('streams: [{name: a, path: a}, {name: a, path: b}]'),
    errors: [
      [
        'invalid_resource',
        '8:40',
        '/spec/streams/1/name',
        "spec.streams[1].name: 'a' is already the name of the one at 0",
      ],
    ],
  },
  {
    name: 'a reference in a manifest',
    file: connector(STREAM, "auth: {bearer: {token: '${env:TOKEN}'}}"),
    errors: [
      ['invalid_resource', '9:26', '/spec/auth/bearer/token', 'spec.auth.bearer.token: a manifest holds no references'],
    ],
  },
  {
    name: 'a secret with a default',
    file: connector(STREAM, 'settings: {token: {description: T, secret: true, default: hunter2}}'),
    errors: [
      [
        'literal_secret',
        '9:61',
        '/spec/settings/token/default',
        'spec.settings.token.default: a secret has no default: it would stay in Git for ever',
      ],
    ],
  },
  {
    name: 'a default that does not fit',
    file: connector(STREAM, 'settings: {size: {description: S, type: integer, minimum: 1, default: 0}}'),
    errors: [
      [
        'invalid_resource',
        '9:73',
        '/spec/settings/size/default',
        'spec.settings.size.default: is not a value that the setting may have',
      ],
    ],
  },
  {
    name: 'a setting whose name cannot stand in an expression',
    file: connector(STREAM, 'settings: {api-key: {description: K}}'),
    errors: [
      [
        'invalid_resource',
        '9:14',
        '/spec/settings/api-key',
        'spec.settings.api-key: the name must consist of letters, digits and underscores, and not begin with a digit',
      ],
    ],
  },
  {
    name: 'a token in plain text',
    file: connector(STREAM, 'auth: {bearer: {token: hunter2}}'),
    errors: [['literal_secret', '9:26', '/spec/auth/bearer/token', 'spec.auth.bearer.token: names no secret setting']],
  },
  {
    name: 'a password that anybody may see',
    file: connector(
      STREAM,
      'settings: {user: {description: U}, pass: {description: P}}',
      "auth: {basic: {username: '${settings.user}', password: '${settings.pass}'}}",
    ),
    errors: [
      ['literal_secret', '10:58', '/spec/auth/basic/password', 'spec.auth.basic.password: names no secret setting'],
    ],
  },
  {
    name: 'a setting that every connector has',
    file: connector(STREAM, 'settings: {timeout: {description: T, type: integer}}'),
    errors: [
      [
        'invalid_resource',
        '9:14',
        '/spec/settings/timeout',
        'spec.settings.timeout: every connector has this setting: leave it out',
      ],
    ],
  },
  {
    name: 'a secret of a few known values',
    file: connector(STREAM, 'settings: {token: {description: T, secret: true, enum: [a, b]}}'),
    errors: [
      [
        'invalid_resource',
        '9:52',
        '/spec/settings/token/enum',
        'spec.settings.token.enum: a secret is none of a few known values',
      ],
    ],
  },
  {
    name: 'a header that no request can have',
    file: connector('streams: [{name: a, path: a, headers: {"x y": a}}]'),
    errors: [
      [
        'invalid_resource',
        '8:42',
        '/spec/streams/0/headers/x y',
        'spec.streams[0].headers."x y": is no name of a header',
      ],
    ],
  },
  {
    name: 'an idempotency header that no request can have',
    file: connector("actions: [{name: a, path: a, idempotencyHeader: 'a:b'}]"),
    errors: [
      [
        'invalid_resource',
        '8:51',
        '/spec/actions/0/idempotencyHeader',
        'spec.actions[0].idempotencyHeader: is no name of a header',
      ],
    ],
  },
  {
    name: 'a batch at the address of a record',
    file: connector("actions: [{name: a, path: 'a/${record.id}', batch: {size: 5}}]"),
    errors: [
      [
        'invalid_resource',
        '8:29',
        '/spec/actions/0/path',
        'spec.actions[0].path: the records of a batch share it: it can name none of them',
      ],
    ],
  },
  {
    name: 'a check with a body in a GET',
    file: connector(STREAM, 'check: {path: a, body: {x: 1}}'),
    errors: [['invalid_resource', '9:20', '/spec/check/body', 'spec.check.body: a body needs method: POST']],
  },
  {
    name: 'a kind of authentication that does not exist',
    file: connector(STREAM, 'auth: {oauth: {}}'),
    errors: [
      [
        'invalid_resource',
        '9:10',
        '/spec/auth/oauth',
        'spec.auth.oauth: unknown field; known are bearer, apiKey, basic, refreshToken, clientCredentials, none',
      ],
    ],
  },
  {
    name: 'a body in a GET',
    file: connector('streams: [{name: a, path: a, body: {x: 1}}]'),
    errors: [['invalid_resource', '8:32', '/spec/streams/0/body', 'spec.streams[0].body: a body needs method: POST']],
  },
  {
    name: 'a batch of forms',
    file: connector('actions: [{name: a, path: a, encoding: form, batch: {size: 5}}]'),
    errors: [
      ['invalid_resource', '8:48', '/spec/actions/0/batch', 'spec.actions[0].batch: encoding: form carries one record'],
    ],
  },
  {
    name: 'a body that is a number',
    file: connector('actions: [{name: a, path: a, body: 5}]'),
    errors: [
      [
        'invalid_resource',
        '8:38',
        '/spec/actions/0/body',
        'spec.actions[0].body: must be a map or a list or a string, not a number',
      ],
    ],
  },
];
