import { HeadgateError } from '../../foundation/errors.ts';
import type { TokenRecord, Tokens } from '../ports.ts';
import type { RedisConnection } from './client.ts';
import { fromJson, toJson } from './json.ts';
import { loadScript } from './script.ts';

/** A token as `token-get.lua` answers it: JSON without the two times that change, and those. */
type TokenReply = readonly [token: string, lastUsedAt: string | null, revokedAt: string | null];

export function redisTokens(redis: RedisConnection): Tokens {
  const put = loadScript<number>(redis, new URL('scripts/token-put.lua', import.meta.url));
  const find = loadScript<TokenReply[]>(redis, new URL('scripts/token-get.lua', import.meta.url), { reads: true });
  const note = loadScript<number>(redis, new URL('scripts/token-note.lua', import.meta.url));
  const { tokens, tokenHashes, tokenUses, tokenRevocations } = redis.keys;
  const keys = [tokens, tokenHashes, tokenUses, tokenRevocations];

  const read = async (by: 'id' | 'hash' | 'all', value = ''): Promise<TokenRecord[]> =>
    (await find(keys, [by, value])).map((reply) => toTokenRecord(reply, redis.shown));

  const store = async (token: TokenRecord, replace: boolean): Promise<void> => {
    const { lastUsedAt, revokedAt, ...fixed } = token;
    for (;;) {
      const before = replace ? (await read('id', token.id))[0]?.hash : undefined;
      const args = [
        Number(replace),
        token.id,
        token.hash,
        toJson(fixed)!,
        before ?? '',
        lastUsedAt ?? '',
        revokedAt ?? '',
      ];
      const result = await put(keys, args);
      if (result === 1) return;
      if (result === 0) {
        throw new HeadgateError('conflict', `a token with the id ${token.id} or the same secret exists`);
      }
      // Somebody else replaced the same token meanwhile.
    }
  };

  return {
    create: (token) => store(token, false),
    put: (token) => store(token, true),
    findByHash: async (hash) => (await read('hash', hash))[0] ?? null,
    get: async (id) => (await read('id', id))[0] ?? null,
    list: async () =>
      (await read('all')).sort((a, b) => a.createdAt - b.createdAt || (a.id < b.id ? -1 : Number(a.id > b.id))),
    revoke: async (id, now) => (await note([tokens, tokenRevocations], [id, now, 'first'])) === 1,
    touch: async (id, now) => {
      await note([tokens, tokenUses], [id, now, 'last']);
    },
  };
}

function toTokenRecord([token, lastUsedAt, revokedAt]: TokenReply, shown: string): TokenRecord {
  const fixed = fromJson(token, shown) as Omit<TokenRecord, 'lastUsedAt' | 'revokedAt'>;
  return {
    ...fixed,
    // Tokens of before, which have none, are for all connections.
    integrationId: fixed.integrationId ?? null,
    lastUsedAt: lastUsedAt === null ? null : Number(lastUsedAt),
    revokedAt: revokedAt === null ? null : Number(revokedAt),
  };
}
