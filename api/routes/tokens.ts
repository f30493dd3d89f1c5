import { Type } from 'typebox';
import { HeadgateError } from '../../foundation/errors.ts';
import { Duration, Name, OneOf, Strict } from '../../crds/common.ts';
import { parseDuration } from '../../foundation/time.ts';
import { SCOPES, type TokenRecord } from '../../store/ports.ts';
import { wholePage } from '../paging/page.ts';
import { route, type Route } from '../route.ts';
import { issueToken } from '../tokens.ts';
import { epochOf } from '../views/common.ts';
import { IssuedTokenView, TokenView, tokenView } from '../views/token.ts';

const TokenId = Type.Object({ id: Type.String({ description: 'Id of the token.', minLength: 1, maxLength: 128 }) });

const list = route({
  id: 'listTokens',
  method: 'GET',
  path: '/tokens',
  scope: 'admin',
  tag: 'Tokens',
  summary: 'List tokens',
  description: 'Revoked and expired ones too; never their secrets.',
  answer: { form: 'list', schema: TokenView, total: true },
  handler: async ({ caller }, deps) => {
    demandEverywhere(caller);
    const all = await deps.store.tokens.list();
    const now = deps.clock();
    return wholePage(all.map((token) => tokenView(token, now)));
  },
});

const get = route({
  id: 'getToken',
  method: 'GET',
  path: '/tokens/{id}',
  scope: 'admin',
  tag: 'Tokens',
  summary: 'Get a token',
  params: TokenId,
  answer: { form: 'object', schema: TokenView },
  errors: ['not_found'],
  handler: async ({ params, caller }, deps) => {
    demandEverywhere(caller);
    const token = await deps.store.tokens.get(params.id);
    if (token === null) throw noSuchToken(params.id);
    return tokenView(token, deps.clock());
  },
});

const create = route({
  id: 'createToken',
  method: 'POST',
  path: '/tokens',
  scope: 'admin',
  tag: 'Tokens',
  summary: 'Issue a token',
  description: '`token` in the answer is the secret. It is shown this once and stored nowhere.',
  body: Strict({
    name: Type.String({ description: 'What it is for.', minLength: 1, maxLength: 128 }),
    scopes: Type.Array(OneOf(SCOPES), {
      description: 'What it may do; `admin` implies the rest.',
      minItems: 1,
      maxItems: SCOPES.length,
      uniqueItems: true,
    }),
    workspaces: Type.Optional(
      Type.Union([Type.Array(Name('A workspace.'), { minItems: 1, maxItems: 100, uniqueItems: true }), Type.Null()], {
        description: 'Which workspaces it is for; null or left out: all.',
      }),
    ),
    environment: Type.Optional(
      Name('The environment it is for: the one that this server serves, which is also what is taken when left out.'),
    ),
    expires_at: Type.Optional(Type.String({ description: 'When it ends to be valid.', format: 'date-time' })),
    expires_in: Type.Optional(Duration('The same as a duration from now. Without either it never expires.')),
  }),
  answer: { form: 'object', schema: IssuedTokenView, status: 201 },
  examples: [
    {
      title: 'For a program that starts runs',
      path: '/tokens',
      body: { name: 'nightly-job', scopes: ['read', 'trigger'], workspaces: ['default'], expires_in: '90d' },
    },
  ],
  handler: async ({ body, caller }, deps) => {
    demandEverywhere(caller);
    const now = deps.clock();
    if (body.environment !== undefined && body.environment !== deps.environment) throw foreign(deps.environment);
    const { secret, record } = issueToken(
      {
        name: body.name,
        environment: deps.environment,
        scopes: body.scopes,
        workspaces: body.workspaces ?? null,
        expiresAt: expiryOf(body, now),
      },
      now,
    );
    await deps.store.tokens.create(record);
    return { ...tokenView(record, now), token: secret };
  },
});

const revoke = route({
  id: 'revokeToken',
  method: 'DELETE',
  path: '/tokens/{id}',
  scope: 'admin',
  tag: 'Tokens',
  summary: 'Revoke a token',
  description:
    'Once this is answered, no server on this store takes a request with it any more. Revoking again answers the same.',
  params: TokenId,
  answer: { form: 'deleted' },
  errors: ['not_found'],
  handler: async ({ params, caller }, deps) => {
    demandEverywhere(caller);
    if (!(await deps.revokeToken(params.id))) throw noSuchToken(params.id);
    return { id: params.id };
  },
});

/** Tokens belong to the whole installation: whoever may see some workspaces only may neither see nor change them. */
function demandEverywhere(caller: TokenRecord): void {
  if (caller.workspaces === null) return;
  throw new HeadgateError('forbidden', 'a token for some workspaces may not see, issue or revoke tokens', {
    hint: 'use an `admin` token for all workspaces',
  });
}

function expiryOf(body: { expires_at?: string; expires_in?: string }, now: number): number | null {
  if (body.expires_at !== undefined && body.expires_in !== undefined) {
    throw new HeadgateError('invalid_request', 'give either `expires_at` or `expires_in`');
  }
  const at = body.expires_in === undefined ? epochOf(body.expires_at) : now + parseDuration(body.expires_in);
  if (at === undefined) return null;
  if (at <= now || at > 8.64e15) {
    const pointer = body.expires_in === undefined ? '/expires_at' : '/expires_in';
    throw new HeadgateError('invalid_request', 'the token would not be valid at any time', {
      issues: [{ pointer, message: 'must lie in the future, and not beyond the calendar' }],
    });
  }
  return at;
}

function foreign(environment: string): HeadgateError {
  return new HeadgateError('invalid_request', `this server serves the environment '${environment}'`, {
    hint: 'issue the token at the server of its environment',
    issues: [{ pointer: '/environment', message: `must be '${environment}'` }],
  });
}

function noSuchToken(id: string): HeadgateError {
  return new HeadgateError('not_found', `there is no token '${id.slice(0, 100)}'`, {
    hint: 'list them with `headgate token list` or GET /v1/tokens',
  });
}

export const tokenRoutes: readonly Route[] = [list, get, create, revoke];
