/** The secrets of a data folder that no server uses. Beside one it would do no harm: every change is one step. */
import { userInfo } from 'node:os';
import { join, resolve } from 'node:path';
import { HeadgateError } from '../../foundation/errors.ts';
import { secretView } from '../../api/views/secret.ts';
import { openStore } from '../../store/open.ts';
import { recordChange } from '../../store/record-change.ts';
import { openSqlite } from '../../store/sqlite/open.ts';
import type { CliContext } from '../context.ts';
import { openSecrets } from '../serve/secrets.ts';
import { dataFolder } from '../target.ts';
import type { SecretOptions, SecretsTarget } from './target.ts';

/** Where nothing else is said. */
const WORKSPACE = 'default';

export async function openFolder(
  context: CliContext,
  options: SecretOptions,
): Promise<SecretsTarget & { close(): Promise<void> }> {
  const dataDir = dataFolder(context, options);
  const { store: local, database } = await openSqlite(join(dataDir, 'headgate.db'));
  const shared = options.store !== undefined && !/^sqlite:/i.test(options.store);
  const closing: (() => Promise<void>)[] = [() => local.close()];
  const close = async (): Promise<void> => {
    for (const end of closing.reverse()) await end();
  };
  try {
    const store = shared ? await openStore(options.store) : local;
    if (shared) closing.push(() => store.close());
    const { secretKey } = context.env;
    const opened = await openSecrets(
      {
        dataDir,
        ...(secretKey === undefined ? {} : { secretKey }),
        ...(options.secretKeyFile === undefined ? {} : { secretKeyFile: resolve(context.cwd, options.secretKeyFile) }),
      },
      { store, local, database },
      context.clock,
    );
    const { secrets } = opened;
    const recorded = <T>(action: string, name: string | null, workspace: string | null, work: () => Promise<T>) => {
      const resource = name === null ? 'secrets' : `secrets/${name.slice(0, 253)}`;
      const change = { via: 'cli', actor: userName(), action: `secret ${action}`, resource, workspace } as const;
      return recordChange(store.audit, change, context.clock, work);
    };
    return {
      list: async (workspace) => (await secrets.list(workspace)).map(secretView),
      set: (workspace = WORKSPACE, name, values, replace) =>
        recorded('set', name, workspace, async () =>
          secretView(await secrets.set(workspace, name, values, { replace })),
        ),
      remove: (workspace = WORKSPACE, name, keys) =>
        recorded('rm', name, workspace, async () => {
          if (await secrets.remove(workspace, name, keys.length === 0 ? undefined : keys)) return;
          throw new HeadgateError('not_found', `there is no such secret '${name}' in workspace '${workspace}'`, {
            hint: 'list them with `headgate secret list`',
          });
        }),
      rotate: async (forgetOld) => {
        const { keyId, resealed, old } = await recorded('rotate', null, null, () =>
          opened.rotate({ forgetOld, signal: context.signal }),
        );
        return {
          key_id: keyId,
          resealed: { secrets: resealed['secrets'] ?? 0, configuration: resealed['configuration'] ?? 0 },
          old_key_ids: old,
        };
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Who works here, for the record of changes. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // A container may run as a user without a name.
    return `user ${process.getuid?.() ?? 'unknown'}`;
  }
}
