/** Where pipelines may read and write files. */
import { globSync, realpathSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, normalize, relative, sep } from 'node:path';
import { HeadgateError } from '../foundation/errors.ts';
import { compileGlob, isGlob } from './glob.ts';

export interface PathPolicy {
  /** Absolute; relative paths are below its `files/`. */
  readonly dataDir: string;
  /** Absolute folders outside that pipelines may use. */
  readonly allowPaths: readonly string[];
  /** Path in the repository → absolute path on disk, for reading. */
  readonly files: Readonly<Record<string, string>>;
}

/** One file that a path or glob of a pipeline names. */
export interface ResolvedFile {
  /** The path as the pipeline sees it. */
  readonly name: string;
  /** Absolute. */
  readonly path: string;
}

/**
 * The absolute path of a file, folder or glob that a setting names. `read` looks in the repository first and then below
 * `<dataDir>/files/`; `write` only there. Absolute paths must lie in an allowed folder. Throws `path_refused` for `..`
 * and for symbolic links that lead out. Of a glob, the part before the
 * first wildcard is checked; `resolveFiles` checks what it matches.
 */
export function resolvePath(policy: PathPolicy, path: string, access: 'read' | 'write'): string {
  const clean = checkForm(path);
  if (isAbsolute(clean)) {
    const root = policy.allowPaths.find((folder) => within(clean, normalize(folder)));
    if (root === undefined) throw refused(path, 'is outside the allowed folders');
    return confirmInside(clean, root, path, access);
  }
  const committed = access === 'read' ? committedFile(policy, clean) : undefined;
  if (committed !== undefined) return committed;
  const root = join(policy.dataDir, 'files');
  return confirmInside(join(root, clean), root, path, access);
}

const committedFile = ({ files }: PathPolicy, path: string): string | undefined =>
  Object.hasOwn(files, path) ? files[path] : undefined;

/**
 * The files that a path or glob names, sorted by name: those of the repository when it has any, else those below the
 * data folder or an allowed folder. Without wildcards it is the one path, whether the file exists or not.
 */
export function resolveFiles(policy: PathPolicy, path: string): readonly ResolvedFile[] {
  if (Object.hasOwn(policy.files, path) || !isGlob(path))
    return [{ name: path, path: resolvePath(policy, path, 'read') }];
  const pattern = resolvePath(policy, path, 'read');
  const root = isAbsolute(path) ? fixedPart(pattern) : join(policy.dataDir, 'files');
  const committed = isAbsolute(path) ? [] : committedFiles(policy, normalize(path));
  const found = committed.length > 0 ? committed : filesOnDisk(pattern, root, path);
  if (found.length > MAX_FILES) {
    throw new HeadgateError('source_failed', `'${path}' matches ${found.length} files, and ${MAX_FILES} are the limit`);
  }
  return [...found].sort((a, b) => (a.name < b.name ? -1 : 1));
}

const MAX_FILES = 100_000;

function committedFiles(policy: PathPolicy, pattern: string): ResolvedFile[] {
  const matches = compileGlob(pattern);
  return Object.entries(policy.files)
    .filter(([name]) => matches(name))
    .map(([name, path]) => ({ name, path }));
}

function filesOnDisk(pattern: string, root: string, shown: string): ResolvedFile[] {
  return globSync(pattern, { withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => confirmInside(join(entry.parentPath, entry.name), root, shown, 'write'))
    .map((path) => ({ name: isAbsolute(shown) ? path : relative(root, path), path }));
}

/**
 * Follows symbolic links of the part of `path` that exists and throws `path_refused` when it then lies outside `root`.
 * Answers `path` itself. What is read may be a glob, of which the part before the first wildcard counts.
 */
function confirmInside(path: string, root: string, shown: string, access: 'read' | 'write'): string {
  const real = realPath(access === 'read' ? fixedPart(path) : path);
  if (!within(real, realPath(root))) throw refused(shown, 'leads out of its folder by a symbolic link');
  return path;
}

function checkForm(path: string): string {
  if (path === '' || path.includes('\0')) throw refused(path, 'is not a path');
  if (path.split(/[\\/]/).includes('..')) throw refused(path, "holds '..'");
  return normalize(path);
}

const within = (path: string, root: string): boolean => {
  const folder = root.endsWith(sep) ? root.slice(0, -1) : root;
  return path === folder || path.startsWith(folder + sep);
};

/** The path up to its first part with a wildcard. */
function fixedPart(path: string): string {
  const parts = path.split(sep);
  const wild = parts.findIndex((part) => isGlob(part));
  return wild === -1 ? path : parts.slice(0, wild).join(sep) || sep;
}

/** Like `realpath`, for paths whose end does not exist yet. */
function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    const parent = dirname(path);
    return parent === path ? path : join(realPath(parent), basename(path));
  }
}

function refused(path: string, why: string): HeadgateError {
  return new HeadgateError('path_refused', `the path '${path}' ${why}`, {
    hint: 'use a relative path, or let the operator allow the folder with --allow-path',
  });
}
