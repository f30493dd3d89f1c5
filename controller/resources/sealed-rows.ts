/** Configuration at rest: specifications of resources and parsed files are sealed in the SQLite file. */
import type { ResourceRef } from '../../foundation/ids.ts';
import type { Database, Statement } from '../../store/sqlite/database.ts';
import type { Keyring } from '../../store/secrets/keyring.ts';
import { keyIdOf, seal, unseal, type SealContext } from '../../store/secrets/sealing.ts';

/** Rows that one transaction seals anew: others wait for the lock meanwhile. */
const SLICE = 200;

export const specContext = ({ kind, namespace, name }: ResourceRef): SealContext => [
  'specification',
  kind,
  namespace,
  name,
];
export const fileContext = (repositoryId: string, path: string): SealContext => ['file', repositoryId, path];

/** Seals and opens texts of one SQLite file, whose own key it is that counts. Without a keyring texts stay plain. */
export class SealedRows {
  readonly #database: Database;
  readonly #ring: Keyring | null;
  readonly #key: Statement<{ key_id: string | null }>;
  readonly #settle: Statement<never>;

  constructor(database: Database, ring: Keyring | null) {
    this.#database = database;
    this.#ring = ring;
    this.#key = database.prepare('SELECT key_id FROM sealing');
    this.#settle = database.prepare('UPDATE sealing SET key_id = $id, changes = changes + 1');
  }

  /** Belongs into a write transaction: the key cannot change before the text is stored. Throws `secret_key_missing`. */
  seal(text: string, context: SealContext): string {
    if (this.#ring === null) return text;
    let id = this.#key.get()!.key_id;
    if (id === null) {
      id = this.#ring.current.id;
      this.#settle.run({ id });
    }
    return seal(this.#ring.sealing(id, 'configuration'), text, context);
  }

  /** A text of before there was sealing is answered as it is. Throws `secret_key_missing` or `store_corrupt`. */
  open(text: string, context: SealContext): string {
    if (keyIdOf(text) === null) return text;
    return unseal(text, this.#ring?.opening('configuration') ?? (() => undefined), context);
  }

  /** Whether there are texts of before there was sealing. */
  hasPlain(): Promise<boolean> {
    const plain = this.#database.prepare<{ found: number }>(
      `SELECT EXISTS (SELECT 1 FROM resources WHERE NOT spec GLOB 'hg1.*')
           OR EXISTS (SELECT 1 FROM repo_files WHERE NOT result GLOB 'hg1.*') AS found`,
    );
    return this.#database.read(() => plain.get()!.found === 1);
  }

  /**
   * Seals everything that is plain, or sealed with another key than that of the file. May stop anywhere: every row is one or the
   * other. Answers how many rows were sealed.
   */
  async reseal(signal?: AbortSignal): Promise<number> {
    if (this.#ring === null) return 0;
    return (await this.#resealSpecs(signal)) + (await this.#resealFiles(signal));
  }

  /**
   * Writes the file anew, so that nothing is left in it of what rows held before. Nothing else is done meanwhile, about a second
   * for each 100 MB. Throws SQLite's own errors: the disk may lack the space for a copy.
   */
  wipe(): void {
    this.#database.exec('VACUUM');
    this.#database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  }

  #resealSpecs(signal: AbortSignal | undefined): Promise<number> {
    const rows = this.#database.prepare<ResourceRef & { key: number; spec: string }>(
      `SELECT key, kind, namespace, name, spec FROM resources WHERE key > $after AND NOT spec GLOB $done ORDER BY key LIMIT ${SLICE}`,
    );
    const update = this.#database.prepare('UPDATE resources SET spec = $spec WHERE key = $key');
    return this.#inSlices(signal, (after, done) => {
      const found = rows.all({ after, done });
      for (const row of found) {
        const context = specContext(row);
        update.run({ key: row.key, spec: this.seal(this.open(row.spec, context), context) });
      }
      return found;
    });
  }

  #resealFiles(signal: AbortSignal | undefined): Promise<number> {
    const rows = this.#database.prepare<{ key: number; repository_id: string; path: string; result: string }>(
      `SELECT key, repository_id, path, result FROM repo_files WHERE key > $after AND NOT result GLOB $done ORDER BY key LIMIT ${SLICE}`,
    );
    const update = this.#database.prepare('UPDATE repo_files SET result = $result WHERE key = $key');
    return this.#inSlices(signal, (after, done) => {
      const found = rows.all({ after, done });
      for (const row of found) {
        const context = fileContext(row.repository_id, row.path);
        update.run({ key: row.key, result: this.seal(this.open(row.result, context), context) });
      }
      return found;
    });
  }

  async #inSlices(
    signal: AbortSignal | undefined,
    slice: (after: number, done: string) => readonly { readonly key: number }[],
  ): Promise<number> {
    let count = 0;
    for (let after = 0; ;) {
      signal?.throwIfAborted();
      const from = after;
      const found = await this.#database.write(() => slice(from, `hg1.${this.#key.get()!.key_id ?? ''}.*`));
      count += found.length;
      if (found.length < SLICE) return count;
      after = found.at(-1)!.key;
    }
  }
}
