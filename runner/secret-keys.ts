/** The keys that the controller sent to this process, and secrets read with them. They are in memory only. */
import { createSecretKey } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { isHeadgateError } from '../foundation/errors.ts';
import type { Secrets } from '../store/secret-ports.ts';
import type { SealingKey } from '../store/secrets/key.ts';
import { openEntry } from '../store/secrets/secret-store.ts';
import type { SecretReader } from './references.ts';

/** What opens the secrets of one workspace, and of no other. Sent before the work that needs it, and anew when keys change. */
export interface KeysMessage {
  readonly type: 'keys';
  readonly workspace: string;
  readonly keys: readonly { readonly id: string; readonly base64: string }[];
}

/** After a rotation a secret may be seen before the key that it is sealed with arrives: so long it is waited for, in milliseconds. */
const LATE_MS = 5000;
const LOOK_MS = 100;

export class SecretKeys {
  readonly #keys = new Map<string, ReadonlyMap<string, SealingKey>>();

  receive({ workspace, keys }: KeysMessage): void {
    const opened = keys.map(({ id, base64 }) => [id, { id, key: createSecretKey(base64, 'base64') }] as const);
    this.#keys.set(workspace, new Map(opened));
  }

  /** Reads secrets of one workspace. Throws `secret_key_missing` and what the store throws. */
  reader(workspace: string, secrets: () => Promise<Secrets>): SecretReader {
    const opening = (id: string): SealingKey | undefined => this.#keys.get(workspace)?.get(id);
    return {
      read: async (name, key) => {
        const end = performance.now() + LATE_MS;
        for (;;) {
          try {
            return openEntry(await (await secrets()).get(workspace, name), key, opening);
          } catch (error) {
            const late = isHeadgateError(error) && error.code === 'secret_key_missing';
            if (!late || !this.#keys.has(workspace) || performance.now() > end) throw error;
          }
          await delay(LOOK_MS);
        }
      },
    };
  }
}

export function keysMessage(workspace: string, keys: readonly SealingKey[]): KeysMessage {
  return {
    type: 'keys',
    workspace,
    keys: keys.map(({ id, key }) => ({ id, base64: key.export().toString('base64') })),
  };
}
