import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { SimpleGit } from 'simple-git';
import { HeadgateError, messageOf } from '../../foundation/errors.ts';
import { contentHash } from '../../foundation/ids.ts';
import { abortable } from '../../runner/abortable.ts';
import { readBlobs, type Blob } from './blobs.ts';
import { prepareCredentials, type GitCredentials } from './credentials.ts';
import { looksCorrupt, mirrorError, remoteError } from './errors.ts';
import { execGit, openGit, runGit, type GitOptions } from './git.ts';
import { sweepLeftovers } from './leftovers.ts';
import { initMirror, makeMirrorFolder, TRUSTING_CONFIG, WARY_CONFIG } from './mirror-folder.ts';
import { remoteRef, REVISION } from './refs.ts';
import { listFiles, readCommit, readTreeId, type Commit, type TreeEntry } from './trees.ts';
import type { RemoteUrl } from './url.ts';

export type { Commit, TreeEntry } from './trees.ts';

export interface MirrorOptions {
  readonly dir: string;
  readonly remote: RemoteUrl;
  readonly credentials: GitCredentials;
  readonly inherit: Readonly<Record<string, string>>;
  /** How long a remote may be silent, in milliseconds; a minute when left out. */
  readonly silenceMs?: number;
}

/** A fetch that brings what is asked for and nothing else, and shows that it is alive. */
const FETCH = ['fetch', '--progress', '--no-tags', '--no-write-fetch-head', '--no-auto-maintenance'];

/** What Git may speak to each kind of remote: a redirect to anything less safe is not followed. */
const PROTOCOLS: Readonly<Record<RemoteUrl['kind'], string>> = {
  https: 'https',
  ssh: 'ssh',
  local: 'file',
  insecure: 'git:http:https',
};

/**
 * A bare, blobless mirror of one remote: commits and trees are fetched, contents when they are read. There is never a
 * checkout, so no hook, filter, LFS object or symbolic link of the repository comes into play.
 */
export class Mirror {
  readonly #options: MirrorOptions;
  #env: Record<string, string> | undefined;
  #preparing: Promise<void> | undefined;
  /** Where new objects go, when that is not the mirror. */
  #quarantine: Readonly<Record<string, string>> = {};
  /** Contents that were made here: the remote need not have them. */
  readonly #own = new Set<string>();
  #fetching: Promise<unknown> = Promise.resolve();
  /** How the remote names objects; null while it is not known to be other than usual. */
  #format: string | null = null;

  constructor(options: MirrorOptions) {
    this.#options = options;
  }

  get #repo(): string {
    return join(this.#options.dir, 'repo.git');
  }

  #gitOptions(signal?: AbortSignal, input?: string): GitOptions {
    return {
      cwd: this.#repo,
      configFile: join(this.#options.dir, TRUSTING_CONFIG),
      inherit: this.#options.inherit,
      protocols: PROTOCOLS[this.#options.remote.kind],
      ...(this.#options.silenceMs === undefined ? {} : { silenceMs: this.#options.silenceMs }),
      env: { GIT_DIR: this.#repo, ...this.#env, ...this.#quarantine },
      ...(signal === undefined ? {} : { signal }),
      ...(input === undefined ? {} : { input }),
    };
  }

  #git(signal?: AbortSignal, input?: string): SimpleGit {
    return openGit(this.#gitOptions(signal, input));
  }

  /** Makes the mirror if it is not there (any more); whoever comes meanwhile waits for it. */
  async #prepare(signal?: AbortSignal): Promise<void> {
    const known = this.#preparing;
    await known;
    if (known !== undefined && existsSync(join(this.#repo, 'HEAD'))) return;
    if (this.#preparing === known) {
      const preparing = this.#make(signal);
      this.#preparing = preparing;
      preparing.catch(() => {
        if (this.#preparing === preparing) this.#preparing = undefined;
      });
    }
    await this.#preparing;
  }

  async #make(signal?: AbortSignal): Promise<void> {
    const { dir, remote, credentials } = this.#options;
    this.#env = await prepareCredentials(dir, remote, credentials);
    await makeMirrorFolder(dir, this.#repo, remote.kind);
    await initMirror(this.#gitOptions(signal), this.#repo, remote, this.#format);
  }

  /** Deletes the mirror; the next call makes it anew. */
  async reset(): Promise<void> {
    this.#preparing = undefined;
    await rm(this.#options.dir, { recursive: true, force: true });
  }

  /** Runs `work` on the mirror; when that proves corrupt, rebuilds it and runs `work` once more. */
  async #healing<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    try {
      await this.#prepare(signal);
      return await work();
    } catch (error) {
      const format = otherFormat(error);
      if (signal?.aborted === true || (format === null && !looksCorrupt(error))) throw error;
      this.#format = format;
      await this.reset();
      await this.#prepare(signal);
      return work();
    }
  }

  /** The revision the remote's branch (or `HEAD`) is at, without fetching anything. Throws `git_ref_not_found`. */
  async remoteRevision(branch: string, signal?: AbortSignal): Promise<string> {
    const ref = remoteRef(branch);
    return this.#healing(async () => {
      const listing = await this.#remote(['ls-remote', '--quiet', '--', this.#options.remote.url, ref], signal);
      for (const line of listing.split('\n')) {
        const [revision, name] = line.split('\t');
        if (name === ref && revision !== undefined && REVISION.test(revision)) return revision;
      }
      throw new HeadgateError('git_ref_not_found', `branch '${branch}' is not in the repository`, {
        hint: 'push the branch again, or correct `spec.branch` or `spec.url`; nothing is deleted because of this',
      });
    }, signal);
  }

  /** Fetches a branch, tag, `HEAD` or full revision and answers the commit it is at. */
  fetch(ref: string, signal?: AbortSignal): Promise<string> {
    // Two at a time would get into each other's way at the locks of Git.
    const before = this.#fetching;
    const reached = signal === undefined ? before : abortable(before, signal);
    const fetched = reached.then(() => this.#fetch(ref, signal));
    // Whoever gives up waiting lets nobody pass the one that is at work.
    this.#fetching = Promise.allSettled([before, fetched]);
    return fetched;
  }

  #fetch(ref: string, signal?: AbortSignal): Promise<string> {
    return this.#healing(async () => {
      const { remote } = this.#options;
      const git = this.#git(signal);
      const candidates = REVISION.test(ref) ? [ref] : ref === 'HEAD' ? ['HEAD'] : [remoteRef(ref), `refs/tags/${ref}`];
      let missing: unknown;
      for (const candidate of candidates) {
        // Not by its own name: `release` and `release/1.0` cannot be side by side, though one may follow the other.
        const target = `refs/headgate/at/${REVISION.test(ref) ? ref : contentHash(candidate)}`;
        if (REVISION.test(ref) && (await this.#has(ref, signal))) return ref;
        try {
          const args = [
            ...FETCH,
            // A local clone may be shallow (`git clone --depth 1`); its one commit is all that is needed.
            ...(remote.kind === 'local' ? ['--update-shallow'] : ['--filter=blob:none']),
            '--',
            remote.kind === 'local' ? remote.url : 'origin',
            `+${candidate}:${target}`,
          ];
          await this.#remote(args, signal);
        } catch (error) {
          if (!isCode(error, 'git_ref_not_found')) throw error;
          missing ??= error;
          continue;
        }
        return (await git.raw(['rev-parse', '--verify', '--quiet', `${target}^{commit}`])).trim();
      }
      throw new HeadgateError('git_ref_not_found', `'${ref}' is neither a branch nor a tag of the repository`, {
        cause: missing,
      });
    }, signal);
  }

  /** Whether a commit is here. In a partial clone Git may ask the remote for it. */
  async #has(revision: string, signal?: AbortSignal): Promise<boolean> {
    const args = ['rev-parse', '--verify', '--quiet', `${revision}^{commit}`];
    return runGit(this.#gitOptions(signal), args).then(
      (out) => out.trim() === revision,
      () => false,
    );
  }

  /** Who committed a fetched revision, what and when. */
  commit(revision: string, signal?: AbortSignal): Promise<Commit> {
    return readCommit((args) => this.#local(args, signal), revision);
  }

  /** The object id of the tree below `path` at a revision, or null when there is nothing of that name. */
  treeId(revision: string, path: string, signal?: AbortSignal): Promise<string | null> {
    return readTreeId((args) => this.#local(args, signal), revision, path);
  }

  /** All regular files below `path` at a revision. Links and submodules are left out. */
  files(revision: string, path: string, signal?: AbortSignal): Promise<TreeEntry[]> {
    return listFiles((args) => this.#local(args, signal), revision, path);
  }

  /** Reads contents; what a blobless mirror has not got yet is fetched in one go first. */
  async *blobs(oids: readonly string[], maxBytes: number, signal?: AbortSignal): AsyncGenerator<Blob> {
    if (oids.length === 0) return;
    await this.#prepare(signal);
    const wanted = oids.filter((oid) => !this.#own.has(oid));
    if (this.#options.remote.kind !== 'local' && wanted.length > 0) await this.#fetchObjects(wanted, signal);
    yield* readBlobs(this.#gitOptions(signal), oids, maxBytes);
  }

  // What `git` itself does for a partial clone, in one request for all objects instead of one for each.
  async #fetchObjects(oids: readonly string[], signal?: AbortSignal): Promise<void> {
    const args = ['-c', 'fetch.negotiationAlgorithm=noop', ...FETCH, '--recurse-submodules=no', '--filter=blob:none'];
    await this.#remote([...args, '--stdin', 'origin'], signal, `${oids.join('\n')}\n`).catch((error: unknown) => {
      throw looksCorrupt(error) ? mirrorError(error) : error;
    });
  }

  /** Runs a command that talks to the remote. Damage of the mirror is thrown as Git tells it, for `#healing`. */
  async #remote(args: readonly string[], signal?: AbortSignal, input?: string): Promise<string> {
    try {
      return await runGit(this.#gitOptions(signal, input), args);
    } catch (error) {
      if (signal?.aborted === true) throw error;
      await sweepLeftovers(this.#repo);
      // A remote that sends rubbish must not cost what was fetched before.
      if (otherFormat(error) !== null || (looksCorrupt(error) && (await this.#damaged(signal)))) throw error;
      throw remoteError(error, this.#options.remote.url);
    }
  }

  async #damaged(signal?: AbortSignal): Promise<boolean> {
    return runGit(this.#gitOptions(signal), ['fsck', '--connectivity-only', '--no-dangling', '--progress']).then(
      () => false,
      () => signal?.aborted !== true,
    );
  }

  async #local(args: string[], signal?: AbortSignal): Promise<string> {
    await this.#prepare(signal);
    try {
      return await this.#git(signal).raw(args);
    } catch (error) {
      if (signal?.aborted === true) throw error;
      throw /unknown revision|bad revision|not a valid object name/i.test(messageOf(error))
        ? new HeadgateError('git_corrupt', 'a fetched commit is not in the mirror', { cause: error })
        : mirrorError(error);
    }
  }

  /** The branch that `HEAD` of the remote stands for, such as `main`; null when it is a commit and no branch. */
  async defaultBranch(signal?: AbortSignal): Promise<string | null> {
    const args = ['ls-remote', '--quiet', '--symref', '--', this.#options.remote.url, 'HEAD'];
    const listing = await this.#healing(() => this.#remote(args, signal), signal);
    return /^ref: refs\/heads\/(\S+)\tHEAD$/m.exec(listing)?.[1] ?? null;
  }

  /** Whether a commit is part of the history of another one. False when the mirror has not got it. */
  async contains(revision: string, ancestor: string, signal?: AbortSignal): Promise<boolean> {
    if (revision === ancestor) return true;
    const git = await this.git(signal);
    // One that is not here is not asked of the remote.
    const env = { ...git.env, GIT_NO_LAZY_FETCH: '1' };
    return (await execGit({ ...git, env }, ['merge-base', '--is-ancestor', ancestor, revision])).code === 0;
  }

  /** The same mirror, but for new objects, which go to `dir` and are gone with it. */
  async quarantine(dir: string, signal?: AbortSignal): Promise<Mirror> {
    await this.#prepare(signal);
    const view = new Mirror(this.#options);
    view.#env = this.#env;
    view.#preparing = Promise.resolve();
    view.#quarantine = {
      GIT_OBJECT_DIRECTORY: dir,
      GIT_ALTERNATE_OBJECT_DIRECTORIES: join(this.#repo, 'objects'),
    };
    return view;
  }

  /** Notes contents that were written here, which are never asked of the remote. */
  made(oids: readonly string[]): void {
    for (const oid of oids) this.#own.add(oid);
  }

  /** For commands of other files that need the mirror's folder and environment: verify, write, push. */
  async git(signal?: AbortSignal, input?: string): Promise<GitOptions> {
    await this.#prepare(signal);
    return this.#gitOptions(signal, input);
  }

  /** For commands that change a repository on this machine: one of another user is refused by Git itself. */
  async wary(signal?: AbortSignal): Promise<GitOptions> {
    return { ...(await this.git(signal)), configFile: join(this.#options.dir, WARY_CONFIG) };
  }

  get dir(): string {
    return this.#options.dir;
  }

  get remote(): RemoteUrl {
    return this.#options.remote;
  }
}

/** The hash that a remote names its objects by, when a fetch says that it is not that of the mirror. */
function otherFormat(error: unknown): string | null {
  return /mismatched algorithms: client \w+; server (sha1|sha256)\b/.exec(messageOf(error))?.[1] ?? null;
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof HeadgateError && error.code === code;
}
