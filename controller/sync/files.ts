/** Files that lie beside the pipelines in Git: found at the applied revision, written to disk once, read by runners. */
import { mkdir, open, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { extname, join, posix } from 'node:path';
import { HeadgateError, isHeadgateError } from '../../foundation/errors.ts';
import type { Clock } from '../../foundation/time.ts';
import type { Mirror, TreeEntry } from '../git/mirror.ts';
import { compileGlob, isGlob } from '../../runner/glob.ts';
import type { ResolvedPipeline } from '../../runner/spec.ts';

export interface FilesOrigin {
  readonly mirror: Mirror;
  readonly revision: string;
  /** The folder the repository is synced from: relative paths start there, or else at the root. No slashes at the ends. */
  readonly folder: string;
}

export interface RepositoryFilesOptions {
  /** Where files are kept, named by their blob id. */
  readonly dir: string;
  /** The repository a pipeline or connection came from, at the revision that is applied; null for one from elsewhere. */
  readonly originOf: (id: string) => Promise<FilesOrigin | null>;
  readonly clock: Clock;
}

/** A file that no run was given for so long is removed; the mirror still has it. Milliseconds. */
const KEEP_MS = 24 * 3_600_000;
const SWEEP_MS = 3_600_000;

/** A data file in Git may be so large; larger data belongs elsewhere. */
const MAX_BYTES = 1024 * 1024 * 1024;
const MAX_FILES = 10_000;
/** Folders that are listed one by one; for more, the whole tree is listed once. */
const MAX_FOLDERS = 20;

/** Makes the files that a run's sources name available to its runner. */
export class RepositoryFiles {
  readonly #options: RepositoryFilesOptions;
  #sweptAt = -Infinity;

  constructor(options: RepositoryFilesOptions) {
    this.#options = options;
  }

  /** Path in the repository → absolute path, for every file that a source of the pipeline may mean. */
  async materialize(
    pipeline: Pick<ResolvedPipeline, 'id' | 'sources'>,
    variables: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<Record<string, string>> {
    const patterns = pipeline.sources.flatMap((source) => candidates([source.settings, source.stream], variables));
    if (patterns.length === 0) return {};
    const origin = await this.#options.originOf(pipeline.id);
    if (origin === null) return {};
    const wanted = await matchingAnywhere(origin, patterns, signal).catch(async (error: unknown) => {
      if (!isHeadgateError(error) || error.code !== 'git_corrupt') throw error;
      // A mirror that was made anew has the newest revision only.
      await origin.mirror.fetch(origin.revision, signal);
      return matchingAnywhere(origin, patterns, signal);
    });
    if (wanted.size > MAX_FILES) {
      throw new HeadgateError(
        'source_failed',
        `the sources match ${wanted.size} files of the repository, ${MAX_FILES} at most`,
      );
    }
    return this.#write(origin.mirror, wanted, signal);
  }

  async #write(
    mirror: Mirror,
    wanted: ReadonlyMap<string, TreeEntry>,
    signal: AbortSignal,
  ): Promise<Record<string, string>> {
    const { dir, clock } = this.#options;
    await mkdir(dir, { recursive: true });
    await this.#sweep();
    const target = (entry: TreeEntry): string => join(dir, `${entry.oid}${extname(entry.path)}`);
    const used = clock() / 1000;
    const missing: TreeEntry[] = [];
    for (const entry of wanted.values()) {
      await utimes(target(entry), used, used).catch(() => missing.push(entry));
    }
    let position = 0;
    for await (const blob of mirror.blobs(
      missing.map((entry) => entry.oid),
      MAX_BYTES,
      signal,
    )) {
      const entry = missing[position++]!;
      if (blob.content === null) {
        throw new HeadgateError(
          'source_failed',
          `${entry.path} has ${blob.size} bytes, ${MAX_BYTES} at most in a repository`,
        );
      }
      await writeAside(target(entry), blob.content);
    }
    return Object.fromEntries([...wanted].map(([name, entry]) => [name, target(entry)]));
  }

  /** Removes what was not used for long, and what a crash left half-written. */
  async #sweep(): Promise<void> {
    const { dir, clock } = this.#options;
    const now = clock();
    if (now - this.#sweptAt < SWEEP_MS) return;
    this.#sweptAt = now;
    for (const name of await readdir(dir)) {
      const found = await stat(join(dir, name)).catch(() => null);
      if (found !== null && now - found.mtimeMs > KEEP_MS) await rm(join(dir, name), { recursive: true, force: true });
    }
  }
}

/** The committed files that a pattern means, seen from the root or from the repository's folder, which comes first. */
async function matchingAnywhere(
  origin: FilesOrigin,
  patterns: readonly string[],
  signal: AbortSignal,
): Promise<Map<string, TreeEntry>> {
  const found = new Map<string, TreeEntry>();
  for (const base of origin.folder === '' ? [''] : ['', `${origin.folder}/`]) {
    for (const [name, entry] of await matching(origin, base, patterns, signal)) found.set(name, entry);
  }
  return found;
}

/** The committed files below `base` that a pattern means, by the path that the pipeline uses for them. */
async function matching(
  origin: FilesOrigin,
  base: string,
  patterns: readonly string[],
  signal: AbortSignal,
): Promise<Map<string, TreeEntry>> {
  const found = new Map<string, TreeEntry>();
  const tests = patterns.map(testOf);
  const folders = new Set(patterns.map(fixedFolder));
  for (const folder of folders.size > MAX_FOLDERS ? [''] : folders) {
    for (const entry of await origin.mirror.files(origin.revision, `${base}${folder}`, signal)) {
      const name = entry.path.slice(base.length);
      if (tests.some((matches) => matches(name))) found.set(name, entry);
    }
  }
  return found;
}

/** A path means the file of that name; one that is also a glob, all that it matches. */
function testOf(pattern: string): (name: string) => boolean {
  if (!isGlob(pattern)) return (name) => name === pattern;
  try {
    const matches = compileGlob(pattern);
    return (name) => name === pattern || matches(name);
  } catch {
    // Most settings are no paths at all, and whoever takes this one for a glob will say what is wrong with it.
    return (name) => name === pattern;
  }
}

/** Strings of the settings that may be relative paths; variables filled in, and other references left alone. */
function candidates(value: unknown, variables: Readonly<Record<string, string>>): string[] {
  if (Array.isArray(value)) return value.flatMap((item) => candidates(item, variables));
  if (value !== null && typeof value === 'object')
    return Object.values(value).flatMap((item) => candidates(item, variables));
  if (typeof value !== 'string' || value.length > 1024) return [];
  const path = posix.normalize(value.replace(/\$\{var:([^}]+)\}/g, (all, name: string) => variables[name] ?? all));
  const relative = !path.startsWith('/') && !path.startsWith('..') && !path.includes('://') && !path.includes('\0');
  return relative && /[./]/.test(path) ? [path] : [];
}

/** The part of a pattern before the first wildcard, as a folder; the path itself when there is none. */
function fixedFolder(pattern: string): string {
  const parts = pattern.split('/');
  const wild = parts.findIndex((part) => /[*?[{]/.test(part));
  return (wild < 0 ? parts : parts.slice(0, wild)).filter((part) => part !== '.').join('/');
}

/** Writes beside the target and renames, so that a half-written file never carries the name. */
async function writeAside(path: string, content: Buffer): Promise<void> {
  const aside = `${path}.${process.pid}.tmp`;
  const file = await open(aside, 'w', 0o600);
  try {
    await file.writeFile(content);
    await file.sync();
    await file.close();
    await rename(aside, path);
  } catch (error) {
    await file.close().catch(() => undefined);
    await rm(aside, { force: true });
    throw error;
  }
}
