import { resource, type MalformedCase } from './cases.ts';

/** Connection, Repository and Run. */
export const OTHERS: readonly MalformedCase[] = [
  {
    name: 'a connection without connector',
    file: resource('Connection', '  settings: {path: x}'),
    errors: [['invalid_resource', '4:1', '/spec/connector', 'spec.connector: is missing']],
  },
  {
    name: 'settings beside the word settings',
    file: resource('Connection', '  connector: postgres\n  url: x'),
    errors: [
      [
        'invalid_resource',
        '6:3',
        '/spec/url',
        'spec.url: unknown field; known are connector, title, enabled, settings, synchronizations',
      ],
    ],
  },
  {
    name: 'settings that are a list',
    file: resource('Connection', '  connector: file\n  settings: [a]'),
    errors: [['invalid_resource', '6:13', '/spec/settings', 'spec.settings: must be a map, not a list']],
  },
  {
    name: 'an event type twice',
    file: resource('Connection', '  connector: file\n  synchronizations:\n  - {eventType: a.b}\n  - {eventType: a.b}'),
    errors: [
      [
        'invalid_resource',
        '8:17',
        '/spec/synchronizations/1/eventType',
        'spec.synchronizations[1].eventType: stands already in synchronizations[0]',
      ],
    ],
  },
  {
    name: 'a repository without url',
    file: resource('Repository', '  branch: main'),
    errors: [['invalid_resource', '4:1', '/spec/url', 'spec.url: is missing']],
  },
  {
    name: 'a path that leaves the repository',
    file: resource('Repository', '  url: https://git.example.com/a.git\n  path: ../other'),
    errors: [['invalid_resource', '6:9', '/spec/path', 'spec.path: must be a folder inside the repository']],
  },
  {
    name: 'a password in plain text',
    file: resource(
      'Repository',
      '  url: https://git.example.com/a.git\n  credentials: {username: u, password: hunter2}',
    ),
    errors: [
      [
        'literal_secret',
        '6:40',
        '/spec/credentials/password',
        'spec.credentials.password: must be a reference: a secret in plain text would stay in Git for ever',
      ],
    ],
  },
  {
    name: 'secrets of a forge in plain text',
    file: resource(
      'Repository',
      '  url: https://git.example.com/a.git\n  pullRequests: {provider: gitea, token: abc}\n  webhook: {secret: def}',
    ),
    errors: [
      [
        'literal_secret',
        '6:42',
        '/spec/pullRequests/token',
        'spec.pullRequests.token: must be a reference: a secret in plain text would stay in Git for ever',
      ],
      [
        'literal_secret',
        '7:21',
        '/spec/webhook/secret',
        'spec.webhook.secret: must be a reference: a secret in plain text would stay in Git for ever',
      ],
    ],
  },
  {
    name: 'an interval that is a number',
    file: resource('Repository', '  url: https://git.example.com/a.git\n  interval: 60'),
    errors: [['invalid_resource', '6:13', '/spec/interval', 'spec.interval: must be a string, not a number']],
  },
  {
    name: 'verify without keys',
    file: resource('Repository', '  url: https://git.example.com/a.git\n  verify: {mode: head}'),
    errors: [['invalid_resource', '6:3', '/spec/verify/keys', 'spec.verify.keys: is missing']],
  },
  {
    name: 'a run without pipeline',
    file: resource('Run', '  dryRun: true'),
    errors: [['invalid_resource', '4:1', '/spec/pipeline', 'spec.pipeline: is missing']],
  },
  {
    name: 'a run with a field in snake case',
    file: resource('Run', '  pipeline: a\n  full_refresh: true'),
    errors: [
      [
        'invalid_resource',
        '6:3',
        '/spec/full_refresh',
        "spec.full_refresh: unknown field (did you mean 'fullRefresh'?)",
      ],
    ],
  },
];
