/** The port of the secret store: records whose names are plain and whose values are sealed before they come here. */

/** One value, sealed (`secrets/sealing.ts`). */
export interface SecretEntry {
  readonly sealed: string;
  /** Another one with each new value; sealing the same value anew keeps it. */
  readonly revision: string;
  readonly updatedAt: number;
}

export interface SecretRecord {
  readonly workspace: string;
  readonly name: string;
  /** Another one with each write; never used twice. */
  readonly version: string;
  /** The id of the key that all entries are sealed with. */
  readonly keyId: string;
  /** By key. */
  readonly entries: Readonly<Record<string, SecretEntry>>;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/**
 * `changed`: another version is stored than the one expected. `other_key`: the store is sealed with another key than the
 * record. `full`: `MAX_SECRETS` are stored.
 */
export type PutResult = 'stored' | 'changed' | 'other_key' | 'full';

/** Secrets of one store, all workspaces. */
export const MAX_SECRETS = 10_000;

export interface Secrets {
  get(workspace: string, name: string): Promise<SecretRecord | null>;
  /** Of one workspace, or all; ordered by workspace and name. */
  list(workspace?: string): Promise<readonly SecretRecord[]>;
  /**
   * Stores the record in place of the version `expected` (null: there is none yet). The first record of a store settles its
   * sealing key.
   */
  put(record: SecretRecord, expected: string | null): Promise<PutResult>;
  /** False when there is none, or (where `expected` is given) another version. */
  delete(workspace: string, name: string, expected?: string): Promise<boolean>;
  /** The id of the key that everything new is sealed with; null: nothing was sealed yet. */
  sealingKey(): Promise<string | null>;
  /** Makes `next` the sealing key. False when it is not `expected` any more. */
  useKey(expected: string | null, next: string): Promise<boolean>;
  /** Calls back soon after a secret or the sealing key changed, by this process or another (within 250 ms). */
  watch(listener: () => void): () => void;
}
