/**
 * The rules that API servers from 1.25 on hold resources to. Older ones know none, so each is tried here on what it takes and
 * refuses; and what it refuses, the validator that serves everywhere refuses too.
 */
import { Environment } from '@marcbachmann/cel-js';
import { describe, expect, it } from 'vitest';
import type { Kind } from '../foundation/ids.ts';
import { API_VERSION, type Rule } from './common.ts';
import { withDefaults } from './defaults.ts';
import { mapValues, type JsonSchema } from './gen/json-schema.ts';
import { KINDS, type SpecOf } from './index.ts';
import { validateDocument } from './validate.ts';

const rulesOf = (schema: JsonSchema): readonly Rule[] =>
  (schema['x-kubernetes-validations'] as readonly Rule[] | undefined) ?? [];

/** Every schema within one, itself included. */
function* schemasIn(schema: JsonSchema): Generator<JsonSchema> {
  yield schema;
  for (const member of Object.values(schema.properties ?? {})) yield* schemasIn(member);
  if (schema.items !== undefined) yield* schemasIn(schema.items);
  const values = mapValues(schema);
  if (values !== undefined) yield* schemasIn(values);
}

/** Whole numbers are `int` in CEL, and JavaScript has one kind of number. */
function toCel(value: unknown): unknown {
  if (typeof value === 'number' && Number.isInteger(value)) return BigInt(value);
  if (Array.isArray(value)) return value.map(toCel);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, toCel(member)]));
}

const environment = new Environment({ unlistedVariablesAreDyn: true });

function holds({ rule }: Rule, self: unknown, oldSelf?: unknown): boolean {
  const result: unknown = environment.evaluate(rule, { self: toCel(self), oldSelf: toCel(oldSelf) });
  if (typeof result !== 'boolean') throw new TypeError(`${rule} is no condition`);
  return result;
}

const isTransition = ({ rule }: Rule): boolean => rule.includes('oldSelf');

/** What the API server says of a spec, at any depth. */
function broken(schema: JsonSchema, value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap((item) => broken(schema.items ?? {}, item));
  if (typeof value !== 'object' || value === null) return [];
  const here = rulesOf(schema).filter((rule) => !isTransition(rule) && !holds(rule, value));
  const inside = Object.entries(value).flatMap(([name, member]) =>
    broken(schema.properties?.[name] ?? mapValues(schema) ?? {}, member),
  );
  return [...here.map(({ message }) => message), ...inside];
}

const A = { connection: 'a' };
const B = { connection: 'b' };
const one = { source: A, destination: B };
const git = { url: 'https://git.example.com/data.git' };
const stream = { name: 's', path: 's' };
const action = { name: 'a', path: 'a' };
const connector = { title: 'T', summary: 'S.', baseUrl: 'https://api.example.com' };

/** Message of the rule (its beginning), what it takes, what it refuses. */
const cases: readonly (readonly [Kind, string, taken: readonly object[], refused: readonly object[]])[] = [
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

const isValid = (kind: Kind, spec: object): boolean =>
  validateDocument({ apiVersion: API_VERSION, kind, metadata: { name: 'x' }, spec }).ok;

describe.each(cases)('%s: %s', (kind, begins, taken, refused) => {
  const messages = (spec: object): string[] =>
    broken(KINDS[kind].spec as JsonSchema, withDefaults(kind, spec as SpecOf<Kind>));

  it.each(taken.map((spec) => [JSON.stringify(spec), spec] as const))('takes %s, as the validator does', (_, spec) => {
    expect(messages(spec)).toEqual([]);
    expect(isValid(kind, spec)).toBe(true);
  });

  it.each(refused.map((spec) => [JSON.stringify(spec), spec] as const))(
    'refuses %s, as the validator does',
    (_, spec) => {
      expect(messages(spec).filter((message) => message.startsWith(begins))).not.toEqual([]);
      expect(isValid(kind, spec)).toBe(false);
    },
  );
});

describe('rules', () => {
  const all = (Object.keys(KINDS) as Kind[]).flatMap((kind) =>
    [...schemasIn(KINDS[kind].spec as JsonSchema)].flatMap(rulesOf).map((rule) => [kind, rule] as const),
  );

  it('are all tried here', () => {
    for (const [kind, rule] of all.filter(([, found]) => !isTransition(found))) {
      const tried = cases.some(([of, begins]) => of === kind && rule.message.startsWith(begins));
      expect(tried, `${kind}: ${rule.message}`).toBe(true);
    }
  });

  it('let a Run stay as it is, and change in nothing', () => {
    const transitions = all.filter(([, rule]) => isTransition(rule));
    expect(transitions.map(([kind]) => kind)).toEqual(['Run']);
    const [, rule] = transitions[0]!;
    const spec = { pipeline: 'a', variables: { REGION: 'eu' }, fullRefresh: false };
    expect(holds(rule, { ...spec }, spec)).toBe(true);
    expect(holds(rule, { ...spec, pipeline: 'b' }, spec)).toBe(false);
    expect(holds(rule, { ...spec, variables: { REGION: 'us' } }, spec)).toBe(false);
    expect(holds(rule, { ...spec, ttl: '1h' }, spec)).toBe(false);
  });
});
