import { Type, type Static } from 'typebox';
import { OneOf, Strict } from '../../crds/common.ts';
import { SCOPES, type TokenRecord } from '../../store/ports.ts';
import { Id, Nullable, Time, timeOf } from './common.ts';

const fields = {
  id: Id('The token.', 'tok_01k9x2m4c7r8t5v6w1y3z0a2b4'),
  name: Type.String({ description: 'What it is for.' }),
  prefix: Type.String({ description: 'Its first characters, to tell tokens apart.' }),
  scopes: Type.Array(OneOf(SCOPES)),
  workspaces: Nullable(Type.Array(Type.String()), { description: 'Null: all.' }),
  environment: Type.String(),
  integration_id: Nullable(Type.String(), {
    description: 'The connection whose pipelines alone it may send events to: it is the inbound key of that one.',
  }),
  status: OneOf(['active', 'expired', 'revoked']),
  created_at: Time('When it was issued.'),
  updated_at: Time('When it was issued or revoked.'),
  expires_at: Nullable(Time('When it ends to be valid.'), { description: 'Null: never.' }),
  last_used_at: Nullable(Time('To the minute.')),
  revoked_at: Nullable(Time('When it was revoked.')),
};

export const TokenView = Strict(fields, { title: 'Token', description: 'A token, without its secret.' });
export type TokenView = Static<typeof TokenView>;

export const IssuedTokenView = Strict(
  { ...fields, token: Type.String({ description: 'The secret: shown once, stored nowhere.' }) },
  { title: 'IssuedToken' },
);

export function tokenView(token: TokenRecord, now: number): TokenView {
  const expired = token.expiresAt !== null && token.expiresAt <= now;
  return {
    id: token.id,
    name: token.name,
    prefix: token.prefix,
    scopes: [...token.scopes],
    workspaces: token.workspaces === null ? null : [...token.workspaces],
    environment: token.environment,
    integration_id: token.integrationId,
    status: token.revokedAt === null ? (expired ? 'expired' : 'active') : 'revoked',
    created_at: timeOf(token.createdAt)!,
    updated_at: timeOf(token.revokedAt ?? token.createdAt)!,
    expires_at: timeOf(token.expiresAt),
    last_used_at: timeOf(token.lastUsedAt),
    revoked_at: timeOf(token.revokedAt),
  };
}
