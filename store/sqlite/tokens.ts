import { HeadgateError } from '../../foundation/errors.ts';
import type { Scope, TokenRecord, Tokens } from '../ports.ts';
import type { Database, Params } from './database.ts';
import { isConstraint } from './errors.ts';
import { fromJson, toJson } from './json.ts';

interface TokenRow {
  readonly id: string;
  readonly name: string;
  readonly hash: string;
  readonly prefix: string;
  readonly scopes: string;
  readonly workspaces: string | null;
  readonly environment: string;
  readonly integration_id: string | null;
  readonly created_at: number;
  readonly expires_at: number | null;
  readonly last_used_at: number | null;
  readonly revoked_at: number | null;
}

const INSERT = `
  INSERT INTO tokens (id, name, hash, prefix, scopes, workspaces, environment, integration_id, created_at, expires_at,
                      last_used_at, revoked_at)
  VALUES ($id, $name, $hash, $prefix, $scopes, $workspaces, $environment, $integrationId, $createdAt, $expiresAt,
          $lastUsedAt, $revokedAt)`;

export function sqliteTokens(database: Database): Tokens {
  const insert = database.prepare(INSERT);
  const remove = database.prepare('DELETE FROM tokens WHERE id = $id');
  const byHash = database.prepare<TokenRow>('SELECT * FROM tokens WHERE hash = $hash');
  const byId = database.prepare<TokenRow>('SELECT * FROM tokens WHERE id = $id');
  const all = database.prepare<TokenRow>('SELECT * FROM tokens ORDER BY created_at, id');
  const revoke = database.prepare('UPDATE tokens SET revoked_at = coalesce(revoked_at, $now) WHERE id = $id');
  const touch = database.prepare(
    'UPDATE tokens SET last_used_at = $now WHERE id = $id AND coalesce(last_used_at, 0) < $now',
  );

  const add = (token: TokenRecord): void => {
    try {
      insert.run(tokenParams(token));
    } catch (error) {
      if (!isConstraint(error)) throw error;
      throw new HeadgateError('conflict', `a token with the id ${token.id} or the same secret exists`, {
        cause: error,
      });
    }
  };
  const record = (row: TokenRow | undefined): TokenRecord | null =>
    row === undefined ? null : toTokenRecord(row, database.path);

  return {
    create: (token) => database.write(() => add(token)),
    put: (token) =>
      database.write(() => {
        remove.run({ id: token.id });
        add(token);
      }),
    findByHash: (hash) => database.query(() => record(byHash.get({ hash }))),
    get: (id) => database.query(() => record(byId.get({ id }))),
    list: () => database.query(() => all.all().map((row) => toTokenRecord(row, database.path))),
    revoke: (id, now) => database.write(() => revoke.run({ id, now }) === 1),
    touch: (id, now) =>
      database.write(() => {
        touch.run({ id, now });
      }),
  };
}

function tokenParams(token: TokenRecord): Params {
  return {
    id: token.id,
    name: token.name,
    hash: token.hash,
    prefix: token.prefix,
    scopes: toJson(token.scopes),
    workspaces: toJson(token.workspaces),
    environment: token.environment,
    integrationId: token.integrationId,
    createdAt: token.createdAt,
    expiresAt: token.expiresAt,
    lastUsedAt: token.lastUsedAt,
    revokedAt: token.revokedAt,
  };
}

function toTokenRecord(row: TokenRow, path: string): TokenRecord {
  return {
    id: row.id,
    name: row.name,
    hash: row.hash,
    prefix: row.prefix,
    scopes: fromJson(row.scopes, path) as Scope[],
    workspaces: fromJson(row.workspaces, path) as string[] | null,
    environment: row.environment,
    integrationId: row.integration_id,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    lastUsedAt: row.last_used_at,
    revokedAt: row.revoked_at,
  };
}
