import type { Database } from '../../store/sqlite/database.ts';
import { fileContext, SealedRows } from './sealed-rows.ts';

/** What became of one file of a repository. */
export interface CachedFile {
  /** The id of the Git blob that was parsed. */
  readonly blob: string;
  /** JSON text; its meaning is the Git sync's own. */
  readonly result: string;
}

/**
 * The parsed files of one repository, so that a file that did not change is never parsed again, not even after a restart.
 */
export class FileCache {
  readonly #database: Database;
  readonly #repositoryId: string;
  readonly #sealed: SealedRows;

  /** Without `sealed` they are stored plain. */
  constructor(database: Database, repositoryId: string, sealed: SealedRows = new SealedRows(database, null)) {
    this.#database = database;
    this.#sealed = sealed;
    this.#repositoryId = repositoryId;
  }

  /** All files by path. */
  load(): Promise<ReadonlyMap<string, CachedFile>> {
    const all = this.#database.prepare<CachedFile & { path: string }>(
      'SELECT path, blob, result FROM repo_files WHERE repository_id = $repositoryId',
    );
    return this.#database.read(() => {
      const rows = all.all({ repositoryId: this.#repositoryId });
      const open = (path: string, result: string): string =>
        this.#sealed.open(result, fileContext(this.#repositoryId, path));
      return new Map(rows.map(({ path, blob, result }) => [path, { blob, result: open(path, result) }]));
    });
  }

  /** Stores changed files by path and forgets those that are gone, in one transaction. */
  replace(changed: ReadonlyMap<string, CachedFile>, gone: readonly string[]): Promise<void> {
    const repositoryId = this.#repositoryId;
    const put = this.#database.prepare(
      `INSERT INTO repo_files (repository_id, path, blob, result) VALUES ($repositoryId, $path, $blob, $result)
       ON CONFLICT (repository_id, path) DO UPDATE SET blob = excluded.blob, result = excluded.result`,
    );
    const forget = this.#database.prepare(
      'DELETE FROM repo_files WHERE repository_id = $repositoryId AND path = $path',
    );
    return this.#database.write(() => {
      for (const path of gone) forget.run({ repositoryId, path });
      for (const [path, { blob, result }] of changed) {
        put.run({ repositoryId, path, blob, result: this.#sealed.seal(result, fileContext(repositoryId, path)) });
      }
    });
  }

  /** Forgets everything: the repository is gone. */
  async clear(): Promise<void> {
    const clear = this.#database.prepare('DELETE FROM repo_files WHERE repository_id = $repositoryId');
    await this.#database.write(() => clear.run({ repositoryId: this.#repositoryId }));
  }
}
