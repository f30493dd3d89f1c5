import { statSync } from 'node:fs';
import { deriveKey, type Purpose, type SealingKey, type SecretKey } from './key.ts';
import { closeToOthers, makeKeyFile, type KeyPlace } from './key-file.ts';
import { missingKey } from './sealing.ts';
import { HeadgateError } from '../../foundation/errors.ts';

/** How often the key file is looked at, in milliseconds. */
const LOOK_MS = 1000;

/** What a process that opens secrets of one workspace is given. */
export type WorkspaceKeys = readonly SealingKey[];

/**
 * The keys of this process: the current one and older ones. A key file is looked at again when its keys are not enough, and from
 * time to time while somebody listens, so that a rotation by another process arrives.
 */
export class Keyring {
  readonly place: KeyPlace;
  #keys: readonly SecretKey[];
  /** Keys of before that are not in the file any more: they open what is not sealed anew yet, as long as the process lives. */
  #former: readonly SecretKey[] = [];
  readonly #derived = new Map<string, SealingKey>();
  readonly #listeners = new Set<() => void>();
  #timer: NodeJS.Timeout | null = null;
  #seen = '';

  constructor(place: KeyPlace, keys: readonly SecretKey[]) {
    this.place = place;
    this.#keys = keys;
    this.#seen = this.#mark();
  }

  /** What a new store is sealed with, and what a rotation goes to. */
  get current(): SecretKey {
    return this.#keys[0]!;
  }

  get keys(): readonly SecretKey[] {
    return this.#keys;
  }

  has(id: string): boolean {
    return this.#find(id) !== undefined;
  }

  /** Throws `secret_key_missing`. */
  sealing(id: string, purpose: Purpose): SealingKey {
    const key = this.opening(purpose)(id);
    if (key === undefined) throw missingKey(id);
    return key;
  }

  /** Finds the key that a text was sealed with. */
  opening(purpose: Purpose): (id: string) => SealingKey | undefined {
    return (id) => {
      const cached = this.#derived.get(`${id} ${purpose}`);
      if (cached !== undefined) return cached;
      const key = this.#find(id);
      if (key === undefined) return undefined;
      const derived = deriveKey(key, purpose);
      this.#derived.set(`${id} ${purpose}`, derived);
      return derived;
    };
  }

  /** The keys that open the secrets of one workspace and nothing else. */
  workspaceKeys(workspace: string): WorkspaceKeys {
    return [...this.#keys, ...this.#former].map(({ id }) => this.sealing(id, `secrets/${workspace}`));
  }

  /** Reads the key file again. A file that cannot be read or lost its keys changes nothing: those known still open everything. */
  refresh(): void {
    let found: readonly SecretKey[] | null = null;
    try {
      found = this.place.read();
    } catch {
      // Whoever needs a key that is not known is told which one; `headgate doctor` tells about the file.
    }
    this.#seen = this.#mark();
    if (found === null || found.map(({ id }) => id).join() === this.#keys.map(({ id }) => id).join()) return;
    this.#former = [...this.#keys, ...this.#former].filter(({ id }) => !found.some((key) => key.id === id));
    this.#keys = found;
    for (const listener of this.#listeners) listener();
  }

  /** Calls back when the keys are others than before. */
  watch(listener: () => void): () => void {
    this.#listeners.add(listener);
    if (this.#timer === null && this.place.path !== null) {
      this.#timer = setInterval(() => this.#mark() !== this.#seen && this.refresh(), LOOK_MS).unref();
    }
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size > 0 || this.#timer === null) return;
      clearInterval(this.#timer);
      this.#timer = null;
    };
  }

  #find(id: string): SecretKey | undefined {
    const known = [...this.#keys, ...this.#former].find((key) => key.id === id);
    if (known !== undefined || this.place.path === null || this.#mark() === this.#seen) return known;
    this.refresh();
    return this.#keys.find((key) => key.id === id);
  }

  /** Another one once the file was replaced. */
  #mark(): string {
    const { path } = this.place;
    const found = path === null ? undefined : statSync(path, { throwIfNoEntry: false, bigint: true });
    return found === undefined ? '' : `${found.ino} ${found.mtimeNs} ${found.size}`;
  }
}

/**
 * The keys of `place`. Where it has none yet and nothing is sealed (`needed` is empty), a key is made in the data folder.
 * Throws `secret_key_missing` when a key of `needed` is not there, and never makes another one in its place.
 */
export function openKeyring(place: KeyPlace, needed: readonly string[]): Keyring {
  let keys = place.read();
  if (keys === null) {
    const [id] = needed;
    if (id !== undefined) throw missingKey(id);
    if (!place.own) throw noKeyFile(place.shown);
    keys = makeKeyFile(place.path!);
  } else if (place.own) closeToOthers(place.path!);
  const ring = new Keyring(place, keys);
  const lost = needed.find((id) => !ring.has(id));
  if (lost !== undefined) throw missingKey(lost);
  return ring;
}

function noKeyFile(path: string): HeadgateError {
  return new HeadgateError('secret_key_missing', `there is no key file ${path}`, {
    at: path,
    hint: 'make one with `openssl rand -base64 32`, for this user only (mode 0600)',
  });
}
