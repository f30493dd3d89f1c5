import { NAME_PATTERN } from '../../crds/common.ts';
import { HeadgateError } from '../../foundation/errors.ts';
import { newId, randomSecret } from '../../foundation/ids.ts';
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

const WORKSPACE_NAME = new RegExp(NAME_PATTERN);

/** A secret without its values. */
export interface SecretSummary {
  readonly workspace: string;
  readonly name: string;
  readonly keys: readonly { readonly key: string; readonly revision: string; readonly updatedAt: number }[];
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** Random bytes in the suffix of a key, and how much of the key stays before it. */
const SUFFIX_BYTES = 5;
const SUFFIX = /^[0-9a-z]{8}$/;
const MAX_STEM = 240;

/** Tries of a write that others are faster than. */
const TRIES = 20;

/** What the API needs of secrets, wherever they are kept. */
export type SecretValues = Pick<SecretStore, 'list' | 'get' | 'read' | 'set' | 'add' | 'remove'>;

/** Where values are put, and what is known there. */
interface Place {
  readonly workspace: string;
  readonly name: string;
  readonly known: SecretRecord | null;
  readonly keyId: string;
  readonly now: number;
}

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
    checkNames(workspace, name, values);
    const written = await this.#write(workspace, name, (known, keyId, now) => {
      const kept = options.replace === true ? [] : Object.keys(known?.entries ?? {});
      return this.#entriesOf({ workspace, name, known, keyId, now }, values, kept);
    });
    return toSummary(written!);
  }

  /**
   * Stores values under keys of their own, and changes none that is there: `token`, or `token-<random>` where a key of that
   * stem is known. Answers the key of each wish. `stale` picks known keys that go at the same time. Throws as `set` does.
   */
  async add(
    workspace: string,
    name: string,
    wishes: readonly (readonly [key: string, value: string])[],
    stale: (keys: SecretSummary['keys'], now: number) => readonly string[] = () => [],
  ): Promise<readonly string[]> {
    for (const [key, value] of wishes) checkNames(workspace, name, { [key]: value });
    let keys: readonly string[] = [];
    await this.#write(workspace, name, (known, keyId, now) => {
      const taken = Object.keys(known?.entries ?? {});
      keys = ownKeys(taken, wishes);
      const values = Object.fromEntries(wishes.map(([, value], index) => [keys[index]!, value]));
      const gone = new Set(known === null ? [] : stale(toSummary(known).keys, now));
      const kept = taken.filter((key) => !gone.has(key));
      return this.#entriesOf({ workspace, name, known, keyId, now }, values, kept);
    });
    return keys;
  }

  /** `values` and what is known of `kept`, all sealed with one key, so that nothing is left of others once all are sealed anew. */
  #entriesOf(
    { workspace, name, known, keyId, now }: Place,
    values: Readonly<Record<string, string>>,
    kept: readonly string[],
  ): Record<string, SecretEntry> {
    const opening = this.ring.opening(`secrets/${workspace}`);
    const entries: Record<string, SecretEntry> = {};
    for (const key of new Set([...kept, ...Object.keys(values)])) {
      const before = known !== null && Object.hasOwn(known.entries, key) ? known.entries[key] : undefined;
      const old = before === undefined ? undefined : openEntry(known, key, opening);
      const value = Object.hasOwn(values, key) ? values[key]! : old!;
      const same = before !== undefined && value === old;
      entries[key] =
        same && keyIdOf(before.sealed) === keyId
          ? before
          : {
              sealed: seal(this.ring.sealing(keyId, `secrets/${workspace}`), value, contextOf(workspace, name, key)),
              revision: same ? before.revision : newId('sv'),
              updatedAt: same ? before.updatedAt : now,
            };
    }
    return entries;
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

/** A key for each wish that is neither taken nor that of another wish. */
export function ownKeys(
  taken: readonly string[],
  wishes: readonly (readonly [key: string, value: string])[],
): string[] {
  const keys: string[] = [];
  for (const [key] of wishes) {
    keys.push([...taken, ...keys].some((each) => isOfStem(each, key)) ? withSuffix(key) : key);
  }
  return keys;
}

/** Whether a key is one that `add` makes for this wish. */
export function isOfStem(key: string, wish: string): boolean {
  const stem = `${wish.slice(0, MAX_STEM)}-`;
  return key === wish || (key.startsWith(stem) && SUFFIX.test(key.slice(stem.length)));
}

const withSuffix = (key: string): string => `${key.slice(0, MAX_STEM)}-${randomSecret(SUFFIX_BYTES)}`;

const contextOf = (workspace: string, name: string, key: string): SealContext => ['secret', workspace, name, key];

function toSummary({ workspace, name, entries, createdAt, updatedAt }: SecretRecord): SecretSummary {
  const keys = Object.entries(entries)
    .map(([key, entry]) => ({ key, revision: entry.revision, updatedAt: entry.updatedAt }))
    .sort((a, b) => (a.key < b.key ? -1 : 1));
  return { workspace, name, keys, createdAt, updatedAt };
}

/** Throws `invalid_request`; no value is in the message. */
export function checkNames(workspace: string, name: string, values: Readonly<Record<string, string>>): void {
  if (!WORKSPACE_NAME.test(workspace)) {
    throw new HeadgateError('invalid_request', `'${workspace.slice(0, 100)}' is no name of a workspace`, {
      hint: 'small letters, digits and inner dashes: `team-a`',
    });
  }
  if (!SECRET_NAME.test(name)) {
    throw new HeadgateError('invalid_request', `'${name.slice(0, 100)}' is no name of a secret`, {
      at: '/name',
      hint: 'small letters, digits, dots and dashes: `billing-api`',
    });
  }
  for (const [key, value] of Object.entries(values)) {
    // As a member of an object that name means something else.
    if (!SECRET_KEY_NAME.test(key) || key === '__proto__') {
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

export function tooMany(what: string, most: number, of: string): HeadgateError {
  return new HeadgateError('invalid_request', `${what} would have more than ${most} ${of}`, {
    hint: 'delete some first: `headgate secret list`',
  });
}
