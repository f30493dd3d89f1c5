/** What the branch declares right before a commit is made on top of it. */
import { HeadgateError, isHeadgateError } from '../../foundation/errors.ts';
import type { Mirror, TreeEntry } from '../git/mirror.ts';
import type { DeclaredEntry } from '../sync/inspect.ts';
import { declaringFiles, MAX_FILE_BYTES, readRevision, type FindingsCache, type Reading } from '../sync/read.ts';

export interface Head {
  readonly branch: string;
  readonly revision: string;
  /** The folder that is synced; no slashes at the ends. */
  readonly folder: string;
  readonly reading: Reading;
  /** The declarations of a key: none, one, or several by mistake. */
  declarations(key: string): readonly DeclaredEntry[];
  text(file: string): Promise<string>;
  /** Whether a path is taken, by a file or a folder. */
  taken(path: string): Promise<boolean>;
}

/** Reads the declarations of a fetched revision. A folder without any is empty here, and no error. */
export async function readHead(
  at: {
    readonly mirror: Mirror;
    readonly branch: string;
    readonly revision: string;
    readonly folder: string;
    /** The workspace of files that name none; `default` when left out. */
    readonly namespace?: string;
  },
  cache: FindingsCache | null,
  signal: AbortSignal,
): Promise<Head> {
  const { mirror, branch, revision, folder } = at;
  const files = await declaringOrNone(mirror, revision, folder, signal);
  const reading = await readRevision({ ...at, files, cache, signal });
  const byKey = Map.groupBy(reading.entries, (entry) => entry.key);
  return {
    branch,
    revision,
    folder,
    reading,
    declarations: (key) => byKey.get(key) ?? [],
    text: async (file) => {
      const { oid } = files.find((entry) => entry.path === file)!;
      for await (const { content, size } of mirror.blobs([oid], MAX_FILE_BYTES, signal)) {
        if (content !== null) return content.toString('utf8');
        throw new HeadgateError('conflict', `${file} has ${size} bytes, ${MAX_FILE_BYTES} at most`);
      }
      throw new HeadgateError('git_corrupt', `${file} cannot be read`);
    },
    taken: async (path) => (await mirror.treeId(revision, path, signal)) !== null,
  };
}

/** The declaring files below a folder; none where a sync would complain of that. */
export async function declaringOrNone(
  mirror: Mirror,
  revision: string,
  folder: string,
  signal: AbortSignal,
): Promise<TreeEntry[]> {
  return declaringFiles(mirror, revision, folder, signal).catch((error: unknown) => {
    if (isHeadgateError(error) && error.code === 'path_empty') return [];
    throw error;
  });
}

/** `file:line` without the line. */
export function fileOf(entry: DeclaredEntry): string {
  return entry.at.slice(0, entry.at.lastIndexOf(':'));
}
