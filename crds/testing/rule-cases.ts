/** For tests: the rules of the definitions, each with what it takes and what it refuses. */
import type { Kind } from '../../foundation/ids.ts';

const A = { connection: 'a' };
const B = { connection: 'b' };
const one = { source: A, destination: B };
const git = { url: 'https://git.example.com/data.git' };
const stream = { name: 's', path: 's' };
const action = { name: 'a', path: 'a' };
const connector = { title: 'T', summary: 'S.', baseUrl: 'https://api.example.com' };

/** Message of the rule (its beginning), what it takes, what it refuses. */
export const RULE_CASES: readonly (readonly [Kind, string, taken: readonly object[], refused: readonly object[]])[] = [
  [
    'Pipeline',
    'exactly one of source and sources',
    [one, { sources: [A], destination: B }],
    [{ destination: B }, { ...one, sources: [A] }],
  ],
  [
    'Pipeline',
    'exactly one of destination and destinations',
    [one, { source: A, destinations: [B] }],
    [{ source: A }, { ...one, destinations: [B] }],
  ],
  [
    'Pipeline',
    'transform and transforms',
    [one, { ...one, transform: [{ limit: 1 }] }, { ...one, transforms: [{ limit: 1 }] }],
    [{ ...one, transform: [{ limit: 1 }], transforms: [{ limit: 1 }] }],
  ],
  [
    'Pipeline',
    'each of several sources needs a name',
    [
      { sources: [A], destination: B },
      { sources: [{ ...A, name: 'input' }], destination: B },
      {
        sources: [
          { ...A, name: 'x' },
          { ...B, name: 'y' },
        ],
        destination: B,
      },
    ],
    [
      { sources: [A, { ...B, name: 'y' }], destination: B },
      {
        sources: [
          { ...A, name: 'x' },
          { ...B, name: 'x' },
        ],
        destination: B,
      },
      {
        sources: [
          { ...A, name: 'input' },
          { ...B, name: 'x' },
        ],
        destination: B,
      },
    ],
  ],
  [
    'Pipeline',
    'more than one batch at a time',
    [
      { ...one, delivery: {} },
      { ...one, delivery: { concurrency: 1, order: 'all' } },
      { ...one, delivery: { concurrency: 8, order: 'key' } },
    ],
    [
      { ...one, delivery: { concurrency: 2 } },
      { ...one, delivery: { concurrency: 2, order: 'all' } },
    ],
  ],
  [
    'Pipeline',
    'exactly one of connection and connector',
    [one, { source: { connector: 'file', settings: {} }, destination: B }],
    [
      { source: { connection: 'a', connector: 'file' }, destination: B },
      { source: {}, destination: B },
      { source: A, destinations: [B, { stream: 'x' }] },
    ],
  ],
  [
    'Pipeline',
    'settings belong to the Connection',
    [{ source: { connector: 'file', settings: { path: 'a.csv' } }, destination: B }],
    [
      { source: { ...A, settings: {} }, destination: B },
      { sources: [{ ...A, settings: {} }], destination: B },
      { source: A, destination: { ...B, settings: { path: 'a.csv' } } },
    ],
  ],
  [
    'Pipeline',
    'mode upsert needs a key',
    [
      { source: A, destination: { ...B, mode: 'upsert', key: ['id'] } },
      { source: A, destination: { ...B, mode: 'append' } },
      { source: A, destination: { ...B, mode: 'overwrite', key: ['id'] } },
    ],
    [
      { source: A, destination: { ...B, mode: 'upsert' } },
      { source: A, destinations: [{ ...B, key: ['id'] }] },
    ],
  ],
  [
    'Connector',
    'a connector needs streams',
    [
      { ...connector, streams: [stream] },
      { ...connector, actions: [action] },
    ],
    [connector, { ...connector, streams: [], actions: [] }],
  ],
  [
    'Connector',
    'each stream needs a name',
    [{ ...connector, streams: [stream, { ...stream, name: 't' }] }],
    [{ ...connector, streams: [stream, { ...stream, path: 'other' }] }],
  ],
  [
    'Connector',
    'each action needs a name',
    [{ ...connector, actions: [action, { ...action, name: 'b' }] }],
    [{ ...connector, actions: [action, action] }],
  ],
  [
    'Repository',
    'url must not begin with a dash',
    [git, { url: 'git@example.com:data/pipelines.git' }, { url: '/srv/git/pipelines' }],
    [{ url: '--upload-pack=x' }, { url: 'ext::sh -c x' }],
  ],
  [
    'Repository',
    'url must hold no credentials',
    [git, { url: 'ssh://git@example.com/data.git' }, { url: 'https://git.example.com/a@b' }],
    [
      { url: 'https://token@git.example.com/data.git' },
      { url: 'https://user:word@git.example.com/data.git' },
      { url: 'ssh://user:word@git.example.com/data.git' },
    ],
  ],
  [
    'Repository',
    'path must be a folder',
    [
      { ...git, path: '.' },
      { ...git, path: 'a/b..c/..d' },
    ],
    [
      { ...git, path: '/a' },
      { ...git, path: '..' },
      { ...git, path: 'a/../b' },
      { ...git, path: 'a/..' },
    ],
  ],
  [
    'Repository',
    'credentials.password must be a reference',
    [
      { ...git, credentials: { username: 'x' } },
      { ...git, credentials: { password: '${env:TOKEN}' } },
    ],
    [
      { ...git, credentials: { password: 'word' } },
      { ...git, credentials: { password: 'a${env:TOKEN}' } },
    ],
  ],
  [
    'Repository',
    'credentials.sshKey must be a reference',
    [{ ...git, credentials: { sshKey: '${secret:git/key}' } }],
    [{ ...git, credentials: { sshKey: '${var:KEY}' } }],
  ],
  [
    'Repository',
    'pullRequests.token must be a reference',
    [
      { ...git, pullRequests: {} },
      { ...git, pullRequests: { token: '${file:/t}' } },
    ],
    [{ ...git, pullRequests: { token: 'word' } }],
  ],
  [
    'Repository',
    'webhook.secret must be a reference',
    [{ ...git, webhook: { secret: '${secret:a/b}' } }],
    [{ ...git, webhook: { secret: 'word' } }],
  ],
];
