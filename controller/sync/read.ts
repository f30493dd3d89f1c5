import { HeadgateError, type ErrorRecord } from '../../foundation/errors.ts';
import type { Resource } from '../../crds/index.ts';
import type { Mirror, TreeEntry } from '../git/mirror.ts';
import { inspectFile, type DeclaredEntry, type Findings } from './inspect.ts';

/** Where findings of unchanged files come from, and where new ones go. */
export interface FindingsCache {
  load(): Promise<ReadonlyMap<string, { readonly blob: string; readonly result: string }>>;
  replace(
    changed: ReadonlyMap<string, { readonly blob: string; readonly result: string }>,
    gone: readonly string[],
  ): Promise<void>;
  /** Forgets everything: the repository is gone. */
  clear(): Promise<void>;
}

/** A cache for reading revisions beside the applied one, which it must not take the place of. It is loaded once. */
export function readOnly(cache: FindingsCache | null): FindingsCache | null {
  if (cache === null) return null;
  let loaded: ReturnType<FindingsCache['load']> | undefined;
  return { load: () => (loaded ??= cache.load()), replace: async () => undefined, clear: async () => undefined };
}

/** Everything that a revision declares below a path. */
export interface Reading {
  readonly revision: string;
  readonly entries: readonly DeclaredEntry[];
  readonly errors: readonly ErrorRecord[];
  /** Full resources of the files that were read now, by key; `contents` fetches the others. */
  readonly fresh: ReadonlyMap<string, Resource>;
  /** The declaring files of the revision. */
  readonly files: readonly TreeEntry[];
  /** The workspace of files that name none. */
  readonly namespace: string;
}

export interface ReadOptions {
  readonly mirror: Mirror;
  readonly revision: string;
  /** What `declaringFiles` answered for the revision. */
  readonly files: readonly TreeEntry[];
  readonly cache: FindingsCache | null;
  /** The workspace of files that name none; `default` when left out. */
  readonly namespace?: string;
  readonly signal?: AbortSignal;
}

/** Counts changes to what `inspectFile` finds: findings that an older Headgate kept are looked for again. */
const FINDINGS_VERSION = 3;

/** The workspace of files that name none, where nothing else is said. */
export const DEFAULT_WORKSPACE = 'default';

/** A file larger than this is an error, and is not read into memory. */
export const MAX_FILE_BYTES = 1024 * 1024;
/** More declaring files than this are an error. */
const MAX_FILES = 100_000;
// What tools that sit in repositories beside pipelines declare in YAML for themselves.
const IGNORED = /(^|\/)(\.[^/]+|node_modules)(\/|$)/;

/**
 * The YAML and JSON files of a revision below `path` (without slashes at the ends; empty for the whole repository). Throws
 * `path_empty` when there is none.
 */
export async function declaringFiles(
  mirror: Mirror,
  revision: string,
  path: string,
  signal?: AbortSignal,
): Promise<TreeEntry[]> {
  const files = (await mirror.files(revision, path, signal)).filter((file) =>
    isDeclaring(file.path.slice(path.length)),
  );
  if (files.length === 0) {
    throw new HeadgateError(
      'path_empty',
      `there is no YAML or JSON file below '${path === '' ? '.' : path}' at ${revision.slice(0, 12)}`,
      { hint: 'correct `spec.path`; nothing is deleted because of this' },
    );
  }
  if (files.length > MAX_FILES) {
    throw new HeadgateError('invalid_yaml', `${files.length} files below '${path}', ${MAX_FILES} at most`);
  }
  return files;
}

/** Reads and checks the declaring files of a revision; those whose blob is known are not looked at again. */
export async function readRevision(options: ReadOptions): Promise<Reading> {
  const { mirror, revision, files, namespace = DEFAULT_WORKSPACE, signal } = options;
  const known = (await options.cache?.load()) ?? new Map<string, { blob: string; result: string }>();
  const unknown = files.filter((file) => known.get(file.path)?.blob !== versioned(file, namespace));
  const { fresh, findings } = await inspect(mirror, unknown, namespace, signal);
  for (const file of unknown) {
    // Data beside the pipelines may be large; a file that declared something must not vanish by growing (invariant 4).
    const oversized = findings.get(file.path)?.oversized;
    if (oversized === undefined || !declares(known.get(file.path)?.result)) continue;
    findings.set(file.path, { entries: [], errors: [tooLarge(file.path, oversized)] });
  }

  const entries: DeclaredEntry[] = [];
  const errors: ErrorRecord[] = [];
  for (const file of files) {
    const found = findings.get(file.path) ?? (JSON.parse(known.get(file.path)!.result) as Findings);
    entries.push(...found.entries);
    errors.push(...found.errors);
  }
  if (options.cache !== null) {
    const present = new Set(files.map((file) => file.path));
    const changed = new Map(
      unknown.map((file) => [
        file.path,
        { blob: versioned(file, namespace), result: JSON.stringify(findings.get(file.path)) },
      ]),
    );
    const gone = [...known.keys()].filter((file) => !present.has(file));
    if (changed.size > 0 || gone.length > 0) await options.cache.replace(changed, gone);
  }
  return { revision, entries, errors, fresh, files, namespace };
}

/** Findings hold for the file as it is, and for the workspace that it means where it names none. */
function versioned(file: TreeEntry, namespace: string): string {
  const version = `${file.oid}/${FINDINGS_VERSION}`;
  return namespace === DEFAULT_WORKSPACE ? version : `${version}/${namespace}`;
}

/** Whether a file, as it was found before, declared something or tried to. */
function declares(result: string | undefined): boolean {
  if (result === undefined) return false;
  const { entries, errors } = JSON.parse(result) as Findings;
  return entries.length > 0 || errors.length > 0;
}

/** YAML and JSON files, but no hidden files and no JSON that plainly belongs to another tool. */
export function isDeclaring(path: string): boolean {
  return /\.(ya?ml|json)$/i.test(path) && !IGNORED.test(path) && !/(^|\/)(package(-lock)?|tsconfig)\.json$/.test(path);
}

async function inspect(
  mirror: Mirror,
  files: readonly TreeEntry[],
  namespace: string,
  signal?: AbortSignal,
): Promise<{ fresh: Map<string, Resource>; findings: Map<string, Findings> }> {
  const fresh = new Map<string, Resource>();
  const findings = new Map<string, Findings>();
  let position = 0;
  for await (const blob of mirror.blobs(
    files.map((file) => file.oid),
    MAX_FILE_BYTES,
    signal,
  )) {
    const file = files[position++]!.path;
    if (blob.content === null) {
      // A large JSON file is data that lies beside the pipelines.
      if (/\.json$/i.test(file)) findings.set(file, { entries: [], errors: [], oversized: blob.size });
      else findings.set(file, { entries: [], errors: [tooLarge(file, blob.size)] });
      continue;
    }
    const inspection = inspectFile(blob.content, file, { namespace });
    findings.set(file, inspection.findings);
    inspection.findings.entries.forEach((entry, index) => fresh.set(entry.key, inspection.resources[index]!));
  }
  return { fresh, findings };
}

function tooLarge(file: string, size: number): ErrorRecord {
  return {
    code: 'invalid_yaml',
    message: `${file} has ${size} bytes, ${MAX_FILE_BYTES} at most`,
    at: `${file}:1:1`,
    hint: 'split the file; data belongs beside the pipelines, not in a YAML file',
  };
}

/** The full resources of some entries whose files were not read just now. */
export async function contents(
  reading: Reading,
  mirror: Mirror,
  entries: readonly DeclaredEntry[],
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, Resource>> {
  const found = new Map<string, Resource>();
  const missing = new Set<string>();
  for (const entry of entries) {
    const resource = reading.fresh.get(entry.key);
    if (resource !== undefined) found.set(entry.key, resource);
    else missing.add(entry.at.slice(0, entry.at.lastIndexOf(':')));
  }
  const files = reading.files.filter((file) => missing.has(file.path));
  const { fresh } = await inspect(mirror, files, reading.namespace, signal);
  for (const entry of entries) {
    const resource = found.get(entry.key) ?? fresh.get(entry.key);
    if (resource !== undefined) found.set(entry.key, resource);
  }
  return found;
}
