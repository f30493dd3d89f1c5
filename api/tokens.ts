import { hash } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { HeadgateError } from '../foundation/errors.ts';
import { newId, randomSecret } from '../foundation/ids.ts';
import type { Clock } from '../foundation/time.ts';
import { recordChange } from '../store/record-change.ts';
import type { Scope, Store, TokenRecord } from '../store/ports.ts';
import { readSecretFile, writeSecretFile } from './secret-file.ts';

/** The id of the administrator's token, the same in every installation. */
export const ADMIN_TOKEN_ID = 'tok_admin';
/** The shortest token that an operator may choose, in characters. */
export const MIN_ADMIN_TOKEN_LENGTH = 24;
/** The file in the data folder that holds the administrator's token. */
export const ADMIN_TOKEN_FILE = 'admin-token';

/** Hex SHA-256. Tokens are random and long, so that a slow hash would add nothing. */
export function hashToken(secret: string): string {
  return hash('sha256', secret);
}

export interface NewToken {
  readonly name: string;
  readonly environment: string;
  readonly scopes: readonly Scope[];
  /** Null: every workspace. */
  readonly workspaces: readonly string[] | null;
  /** Epoch milliseconds; null: never. */
  readonly expiresAt: number | null;
  /** The connection whose pipelines alone it may send events to; all when left out. */
  readonly integrationId?: string;
}

/** Makes a token of 192 random bits: `hg_<environment>_<random>`. `secret` is shown once; `record` is what is stored. */
export function issueToken(wish: NewToken, now: number): { readonly secret: string; readonly record: TokenRecord } {
  const secret = `hg_${wish.environment}_${randomSecret(24)}`;
  return { secret, record: recordOf(newId('tok'), secret, secret.length - 32, wish, now) };
}

function recordOf(id: string, secret: string, shown: number, wish: NewToken, now: number): TokenRecord {
  return {
    id,
    name: wish.name,
    hash: hashToken(secret),
    prefix: secret.slice(0, shown),
    scopes: wish.scopes,
    workspaces: wish.workspaces,
    environment: wish.environment,
    integrationId: wish.integrationId ?? null,
    createdAt: now,
    expiresAt: wish.expiresAt,
    lastUsedAt: null,
    revokedAt: null,
  };
}

export interface AdminTokenOptions {
  readonly store: Pick<Store, 'tokens' | 'audit'>;
  readonly dataDir: string;
  readonly environment: string;
  readonly clock: Clock;
  /** What `HEADGATE_ADMIN_TOKEN` holds: any string of 24 characters or more. */
  readonly fromEnv?: string;
}

/**
 * Sees to it that the administrator's token works. `fromEnv` wins and is written to no file; otherwise the one in
 * `<dataDir>/admin-token` (mode 0600) is used, or made. `created` says that `token` is new and is to be shown. A revoked
 * token never comes back: the kept one is replaced, and a chosen one is refused with `invalid_request`.
 */
export async function ensureAdminToken(
  options: AdminTokenOptions,
): Promise<{ readonly token: string; readonly created: boolean }> {
  const file = join(options.dataDir, ADMIN_TOKEN_FILE);
  const stored = await options.store.tokens.get(ADMIN_TOKEN_ID);
  const isRevoked = (secret: string): boolean => stored?.revokedAt != null && stored.hash === hashToken(secret);

  if (options.fromEnv !== undefined) {
    const token = checkChosen(options.fromEnv, isRevoked);
    await put(options, stored, token);
    rmSync(file, { force: true });
    return { token, created: false };
  }
  const kept = readSecretFile(file);
  if (kept !== null && !isRevoked(kept)) {
    await put(options, stored, kept);
    return { token: kept, created: false };
  }
  const token = `hg_${options.environment}_${randomSecret(24)}`;
  writeSecretFile(file, token);
  await put(options, stored, token);
  return { token, created: true };
}

function checkChosen(token: string, isRevoked: (secret: string) => boolean): string {
  if (token.length < MIN_ADMIN_TOKEN_LENGTH || !/^[\x21-\x7e]+$/.test(token)) {
    throw new HeadgateError(
      'invalid_request',
      `HEADGATE_ADMIN_TOKEN needs ${MIN_ADMIN_TOKEN_LENGTH} or more visible ASCII characters without spaces`,
    );
  }
  if (isRevoked(token)) {
    throw new HeadgateError('invalid_request', 'HEADGATE_ADMIN_TOKEN was revoked', { hint: 'choose another one' });
  }
  return token;
}

async function put(options: AdminTokenOptions, stored: TokenRecord | null, secret: string): Promise<void> {
  const { environment } = options;
  if (stored !== null && stored.hash === hashToken(secret) && stored.environment === environment) return;
  const wish: NewToken = { name: 'admin', environment, scopes: ['admin'], workspaces: null, expiresAt: null };
  const change = {
    via: 'server',
    actor: 'server',
    action: 'setAdminToken',
    resource: `tokens/${ADMIN_TOKEN_ID}`,
  } as const;
  await recordChange(options.store.audit, change, options.clock, () =>
    options.store.tokens.put(recordOf(ADMIN_TOKEN_ID, secret, 4, wish, options.clock())),
  );
}
