/** Where `headgate secret` works: a server by its API, or the data folder when no server uses it. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { HeadgateError } from '../../foundation/errors.ts';
import type { SecretView } from '../../api/views/secret.ts';
import type { ListPage } from '../client.ts';
import type { CliContext } from '../context.ts';
import type { ResourceOptions } from '../options.ts';
import { readServerFile } from '../server-file.ts';
import { connect, dataFolder } from '../target.ts';

export interface SecretOptions extends ResourceOptions {
  readonly store?: string;
  readonly secretKeyFile?: string;
}

export interface Rotated {
  readonly key_id: string;
  readonly resealed: { readonly secrets: number; readonly configuration: number };
  readonly old_key_ids: readonly string[];
}

export interface SecretsTarget {
  list(workspace: string | undefined): Promise<readonly SecretView[]>;
  set(
    workspace: string | undefined,
    name: string,
    values: Record<string, string>,
    replace: boolean,
  ): Promise<SecretView>;
  /** Throws `not_found`. */
  remove(workspace: string | undefined, name: string, keys: readonly string[]): Promise<void>;
  rotate(forgetOld: boolean): Promise<Rotated>;
}

/** Calls `work` with the server that is named or found, else with the data folder itself, which is closed afterwards. */
export async function withSecrets<T>(
  context: CliContext,
  options: SecretOptions,
  work: (target: SecretsTarget) => Promise<T>,
): Promise<T> {
  const named = options.server ?? context.env.server;
  if (named !== undefined || served(dataFolder(context, options))) return work(overApi(context, options));
  const { openFolder } = await import('./folder.ts');
  const folder = await openFolder(context, options);
  try {
    return await work(folder);
  } finally {
    await folder.close();
  }
}

/** Whether a server says that it uses the folder, and is alive. */
function served(dataDir: string): boolean {
  const server = readServerFile(dataDir);
  if (server === null) {
    if (existsSync(join(dataDir, 'headgate.db'))) return false;
    throw new HeadgateError('unavailable', `no server is known, and ${dataDir} is no data folder`, {
      hint: 'start one with `headgate serve`, or name it with --server or HEADGATE_SERVER (--data names another data folder)',
    });
  }
  try {
    process.kill(server.pid, 0);
    return true;
  } catch (error) {
    // Somebody else's process is alive as well.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function overApi(context: CliContext, options: SecretOptions): SecretsTarget {
  const client = connect(context, options);
  const path = (name: string): string => `/v1/secrets/${encodeURIComponent(name)}`;
  return {
    list: async (workspace) => (await client.get<ListPage<SecretView>>('/v1/secrets', { workspace })).data,
    set: (workspace, name, values, replace) => client.put<SecretView>(path(name), { values, replace }, { workspace }),
    remove: async (workspace, name, keys) => {
      await client.delete(path(name), { workspace, key: keys.length === 0 ? undefined : keys });
    },
    rotate: (forgetOld) => client.post<Rotated>('/v1/secrets/rotate', { forget_old: forgetOld }),
  };
}
