import { HeadgateError } from '../../foundation/errors.ts';
import { newId } from '../../foundation/ids.ts';
import type { Clock } from '../../foundation/time.ts';
import { MAX_SECRETS, type SecretEntry, type SecretRecord, type Secrets } from '../secret-ports.ts';
import type { Keyring } from './keyring.ts';
import { keyIdOf, missingKey, seal, unseal, type SealContext } from './sealing.ts';

/** Characters of one value, as of a file that a reference names. */
export const MAX_SECRET_VALUE = 65_536;
/** Keys of one secret. */
export const MAX_SECRET_KEYS = 100;
/** What names and keys look like; a key may be the path of a field: `headers.X-Api-Key`. */
export const SECRET_NAME = /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/;
export const SECRET_KEY_NAME = /^[A-Za-z0-9_]([A-Za-z0-9._-]{0,251}[A-Za-z0-9_])?$/;

/** A secret without its values. */
export interface SecretSummary {
  readonly workspace: string;
  readonly name: string;
  readonly keys: readonly { readonly key: string; readonly revision: string; readonly updatedAt: number }[];
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** Tries of a write that others are faster than. */
const TRIES = 20;

/** The secrets of one store, opened with the keys of this process. */
export class SecretStore {
  readonly port: Secrets;
  readonly ring: Keyring;
  readonly #now: Clock;

  constructor(port: Secrets, ring: Keyring, now: Clock = Date.now) {
    this.port = port;
    this.ring = ring;
    this.#now = now;
  }

  async list(workspace?: string): Promise<readonly SecretSummary[]> {
    return (await this.port.list(workspace)).map(toSummary);
  }

  async get(workspace: string, name: string): Promise<SecretSummary | null> {
    const record = await this.port.get(workspace, name);
    return record === null ? null : toSummary(record);
  }

  /** The value; null when there is no such secret or key. Throws `secret_key_missing` or `store_corrupt`. */
  async read(workspace: string, name: string, key: string): Promise<string | null> {
    return openEntry(await this.port.get(workspace, name), key, this.ring.opening(`secrets/${workspace}`));
  }

  /**
   * Sets these keys and keeps the others; `replace` removes those. A value that is equal to the stored one keeps its revision.
   * Throws `invalid_request` for what does not fit, `secret_key_missing`.
   */
  async set(
    workspace: string,
    name: string,
    values: Readonly<Record<string, string>>,
    options: { readonly replace?: boolean } = {},
  ): Promise<SecretSummary> {
    checkNames(name, values);
    const written = await this.#write(workspace, name, (known, keyId, now) => {
      const entries: Record<string, SecretEntry> = {};
      const opening = this.ring.opening(`secrets/${workspace}`);
      // A secret is sealed with one key as a whole, so that nothing is left of a key once all are sealed anew.
      const kept = options.replace === true ? Object.keys(values) : Object.keys({ ...known?.entries, ...values });
      for (const key of kept) {
        const before = known?.entries[key];
        const old = before === undefined ? undefined : openEntry(known, key, opening);
        const value = Object.hasOwn(values, key) ? values[key]! : old!;
        entries[key] =
          value === old && before !== undefined && keyIdOf(before.sealed) === keyId
            ? before
            : {
                sealed: seal(this.ring.sealing(keyId, `secrets/${workspace}`), value, contextOf(workspace, name, key)),
                revision: value === old && before !== undefined ? before.revision : newId('sv'),
                updatedAt: value === old && before !== undefined ? before.updatedAt : now,
              };
      }
      return entries;
    });
    return toSummary(written!);
  }

  /** Deletes a secret, or some of its keys; one without keys goes. False when nothing of it is there. */
  async remove(workspace: string, name: string, keys?: readonly string[]): Promise<boolean> {
    if (keys === undefined) return this.port.delete(workspace, name);
    let found = false;
    await this.#write(workspace, name, (known) => {
      found = known !== null && keys.some((key) => Object.hasOwn(known.entries, key));
      if (known === null || !found) return null;
      return Object.fromEntries(Object.entries(known.entries).filter(([key]) => !keys.includes(key)));
    });
    return found;
  }

  /** Calls back soon after a secret changed. */
  watch(listener: () => void): () => void {
    return this.port.watch(listener);
  }

  /** Seals anew what is not sealed with the sealing key of the store; values and revisions stay. Answers how many secrets. */
  async reseal(signal?: AbortSignal): Promise<number> {
    let count = 0;
    for (const { workspace, name, entries, keyId } of await this.port.list()) {
      signal?.throwIfAborted();
      const wanted = await this.port.sealingKey();
      if (keyId === wanted && Object.values(entries).every(({ sealed }) => keyIdOf(sealed) === wanted)) continue;
      // One that was deleted meanwhile stays so.
      await this.#write(workspace, name, (known, id) => (known === null ? null : this.#sealedWith(known, id)));
      count++;
    }
    return count;
  }

  #sealedWith({ workspace, name, entries }: SecretRecord, keyId: string): Record<string, SecretEntry> {
    const key = this.ring.sealing(keyId, `secrets/${workspace}`);
    const opening = this.ring.opening(`secrets/${workspace}`);
    return Object.fromEntries(
      Object.entries(entries).map(([name_, entry]) => {
        const context = contextOf(workspace, name, name_);
        return [name_, { ...entry, sealed: seal(key, unseal(entry.sealed, opening, context), context) }];
      }),
    );
  }

  /** Stores what `change` makes of the record, over and over while others are faster; null changes nothing. */
  async #write(
    workspace: string,
    name: string,
    change: (known: SecretRecord | null, keyId: string, now: number) => Record<string, SecretEntry> | null,
  ): Promise<SecretRecord | null> {
    for (let attempt = 1; attempt <= TRIES; attempt++) {
      const keyId = (await this.port.sealingKey()) ?? this.ring.current.id;
      const known = await this.port.get(workspace, name);
      const now = this.#now();
      const entries = change(known, keyId, now);
      if (entries === null) return known;
      if (Object.keys(entries).length === 0) {
        if (known === null || (await this.port.delete(workspace, name, known.version))) return null;
        continue;
      }
      if (Object.keys(entries).length > MAX_SECRET_KEYS) throw tooMany(`secret ${name}`, MAX_SECRET_KEYS, 'keys');
      const record = {
        workspace,
        name,
        keyId,
        version: newId('ver'),
        entries,
        createdAt: known?.createdAt ?? now,
        updatedAt: Math.max(...Object.values(entries).map(({ updatedAt }) => updatedAt)),
      };
      const result = await this.port.put(record, known?.version ?? null);
      if (result === 'stored') return record;
      if (result === 'full') throw tooMany('the store', MAX_SECRETS, 'secrets');
    }
    throw new HeadgateError('conflict', `secret ${name} is being changed by others all the time`, {
      hint: 'try again',
      retryable: true,
    });
  }
}

/** The value of one entry of a record, opened with the keys of its workspace. */
export function openEntry(
  record: SecretRecord | null,
  key: string,
  opening: Parameters<typeof unseal>[1],
): string | null {
  const entry = record !== null && Object.hasOwn(record.entries, key) ? record.entries[key] : undefined;
  if (record === null || entry === undefined) return null;
  const id = keyIdOf(entry.sealed);
  if (id !== null && opening(id) === undefined) throw missingKey(id, `secret ${record.name}`);
  return unseal(entry.sealed, opening, contextOf(record.workspace, record.name, key));
}

const contextOf = (workspace: string, name: string, key: string): SealContext => ['secret', workspace, name, key];

function toSummary({ workspace, name, entries, createdAt, updatedAt }: SecretRecord): SecretSummary {
  const keys = Object.entries(entries)
    .map(([key, entry]) => ({ key, revision: entry.revision, updatedAt: entry.updatedAt }))
    .sort((a, b) => (a.key < b.key ? -1 : 1));
  return { workspace, name, keys, createdAt, updatedAt };
}

/** Throws `invalid_request`; no value is in the message. */
function checkNames(name: string, values: Readonly<Record<string, string>>): void {
  if (!SECRET_NAME.test(name)) {
    throw new HeadgateError('invalid_request', `'${name.slice(0, 100)}' is no name of a secret`, {
      at: '/name',
      hint: 'small letters, digits, dots and dashes: `billing-api`',
    });
  }
  for (const [key, value] of Object.entries(values)) {
    if (!SECRET_KEY_NAME.test(key)) {
      throw new HeadgateError('invalid_request', `'${key.slice(0, 100)}' is no key of a secret`, {
        hint: 'letters, digits, dots, dashes and underscores: `api-key`',
      });
    }
    if (value.length > MAX_SECRET_VALUE) {
      throw new HeadgateError('invalid_request', `the value of ${key} is over ${MAX_SECRET_VALUE} characters`, {
        hint: 'put it into a file that pipelines may read, and refer to it with ${file:/path}',
      });
    }
  }
}

function tooMany(what: string, most: number, of: string): HeadgateError {
  return new HeadgateError('invalid_request', `${what} would have more than ${most} ${of}`, {
    hint: 'delete some first: `headgate secret list`',
  });
}
