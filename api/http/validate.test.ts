import { Type, type TSchema } from 'typebox';
import { expect, test } from 'vitest';
import { Duration, MapOf, Name, Strict } from '../../crds/common.ts';
import { createValidators, type Place } from './validate.ts';

const compile = createValidators();

test.each<[TSchema, unknown, Place, string, string]>([
  [
    Type.String({ format: 'date-time' }),
    'yesterday',
    'query',
    '/query/x',
    'must be a time of RFC 3339, such as 2026-02-15T06:00:00Z',
  ],
  [
    Type.String({ format: 'date-time' }),
    '2026-02-15T06:00:00 02:00',
    'query',
    '/query/x',
    'must be a time of RFC 3339, such as 2026-02-15T06:00:00Z; in a query, `+` is written `%2B`',
  ],
  [
    Type.Array(Strict({ rename: Type.Optional(Type.String()) })),
    [{ renam: 'y' }],
    'body',
    '/x/0/renam',
    "is not known; did you mean 'rename'?",
  ],
  [
    Type.Union([Type.String({ minLength: 1 }), Strict({ connection: Type.Optional(Type.String()) }), Type.Null()]),
    { conection: 'y' },
    'body',
    '/x/conection',
    "is not known; did you mean 'connection'?",
  ],
  [
    Type.Union([Type.String({ minLength: 1 }), Strict({ connection: Type.Optional(Type.String()) }), Type.Null()]),
    { connection: 5 },
    'body',
    '/x/connection',
    'must be string',
  ],
  [Type.Union([Type.String({ minLength: 1 }), Type.Null()]), '', 'body', '/x', 'must not be empty'],
  [Type.Union([Type.String(), Type.Null()]), 5, 'body', '/x', 'must be string'],
  [Type.String({ maxLength: 3 }), 'abcd', 'path', '/path/x', 'must have 3 characters at most'],
  [Type.String({ minLength: 1 }), '', 'query', '/query/x', 'must not be empty'],
  [Type.Integer({ minimum: 0 }), -1, 'query', '/query/x', 'must be >= 0'],
  [Name('A name.'), 'A b', 'body', '/x', 'must consist of lower-case letters, digits and inner hyphens'],
  [Duration('How long.'), 'soon', 'body', '/x', 'must be a duration such as 500ms, 30s, 5m, 1h30m or 7d'],
  [Type.String({ pattern: '^[0-9]+$' }), 'x', 'body', '/x', 'must match ^[0-9]+$'],
  [
    MapOf(Type.String(), { propertyNames: { pattern: '^[A-Za-z_][A-Za-z0-9_]*$' } }),
    { 'a/1': 'x' },
    'body',
    '/x/a~11',
    'is no good name: it must consist of letters, digits and underscores, and not begin with a digit',
  ],
])('%o refuses %o', (schema, value, place, pointer, message) => {
  const check = compile(place, Strict({ x: schema }));
  expect(() => check({ x: value })).toThrow(
    expect.objectContaining({ code: 'invalid_request', issues: [{ pointer, message }] }) as Error,
  );
});
