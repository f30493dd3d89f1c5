import { MAX_SECRETS, type PutResult, type SecretRecord, type Secrets } from '../secret-ports.ts';
import { watchChanges } from './changes.ts';
import type { RedisConnection } from './client.ts';
import { fromJson, toJson } from './json.ts';
import { loadScript } from './script.ts';

/** Records that one command reads. */
const SLICE = 200;

export function redisSecrets(redis: RedisConnection): Secrets {
  const script = (name: string): URL => new URL(`scripts/${name}.lua`, import.meta.url);
  const put = loadScript<PutResult>(redis, script('secret-put'));
  const remove = loadScript<number>(redis, script('secret-delete'));
  const use = loadScript<number>(redis, script('secret-use-key'));
  const { secrets, secretVersions, sealingKey } = redis.keys;
  const channel = redis.keys.channel('changed:secrets');
  // Neither workspaces nor names hold a slash.
  const fieldOf = (workspace: string, name: string): string => `${workspace}/${name}`;

  return {
    get: async (workspace, name) => {
      const text = await redis.read((client) => client.hget(secrets, fieldOf(workspace, name)));
      return text === null ? null : (fromJson(text, redis.shown) as SecretRecord);
    },

    list: async (workspace) => {
      const fields = (await redis.read((client) => client.hkeys(secretVersions)))
        .filter((field) => workspace === undefined || field.startsWith(`${workspace}/`))
        .sort(byWorkspaceAndName);
      const found: SecretRecord[] = [];
      for (let from = 0; from < fields.length; from += SLICE) {
        const texts = await redis.read((client) => client.hmget(secrets, ...fields.slice(from, from + SLICE)));
        for (const text of texts) if (text !== null) found.push(fromJson(text, redis.shown) as SecretRecord);
      }
      return found;
    },

    put: (record, expected) => {
      const { workspace, name, version, keyId } = record;
      const args = [channel, fieldOf(workspace, name), expected ?? '', version, keyId, toJson(record)!, MAX_SECRETS];
      return put([secrets, secretVersions, sealingKey], args);
    },

    delete: async (workspace, name, expected) =>
      (await remove([secrets, secretVersions], [channel, fieldOf(workspace, name), expected ?? ''])) === 1,

    sealingKey: () => redis.read((client) => client.get(sealingKey)),
    useKey: async (expected, next) => (await use([sealingKey], [channel, expected ?? '', next])) === 1,
    watch: (listener) => watchChanges(redis, channel, listener),
  };
}

function byWorkspaceAndName(a: string, b: string): number {
  const [workspaceA, nameA] = a.split('/') as [string, string];
  const [workspaceB, nameB] = b.split('/') as [string, string];
  if (workspaceA !== workspaceB) return workspaceA < workspaceB ? -1 : 1;
  return nameA < nameB ? -1 : Number(nameA > nameB);
}
