import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { HeadgateError } from '../../foundation/errors.ts';
import { contentHash } from '../../foundation/ids.ts';
import type { RepositorySpec } from '../../crds/index.ts';
import type { GitCredentials } from '../git/credentials.ts';
import { Mirror } from '../git/mirror.ts';
import { checkRemoteUrl, type RemoteUrl, type UrlPolicy } from '../git/url.ts';

export interface MirrorsOptions {
  /** Mirrors live below it, one folder a repository. */
  readonly dir: string;
  readonly policy: UrlPolicy;
  /** What Git inherits from the server's environment. */
  readonly inherit: Readonly<Record<string, string>>;
  /** The value of a reference such as `${env:GIT_TOKEN}` of a repository; throws `reference_not_found`. */
  readonly resolveReference: (text: string, repositoryId: string) => Promise<string>;
}

export interface OpenMirror {
  readonly mirror: Mirror;
  readonly remote: RemoteUrl;
}

/** The mirrors of all repositories: one each, made when first asked for, made anew when URL or credentials change. */
export class Mirrors {
  readonly #options: MirrorsOptions;
  readonly #open = new Map<string, OpenMirror & { readonly fingerprint: string }>();

  constructor(options: MirrorsOptions) {
    this.#options = options;
  }

  /** Throws `git_url_refused`, or `reference_not_found` for credentials. */
  async of(repositoryId: string, spec: RepositorySpec): Promise<OpenMirror> {
    const remote = checkRemoteUrl(spec.url, this.#options.policy);
    const credentials = await this.#credentials(repositoryId, spec);
    const fingerprint = contentHash([remote, credentials]);
    const open = this.#open.get(repositoryId);
    if (open?.fingerprint === fingerprint) return open;
    const mirror = new Mirror({
      dir: join(this.#options.dir, repositoryId),
      remote,
      credentials,
      inherit: this.#options.inherit,
    });
    // What is on disk may be of another URL.
    if (open !== undefined) await mirror.reset();
    const opened = { mirror, remote, fingerprint };
    this.#open.set(repositoryId, opened);
    return opened;
  }

  /** Deletes the mirror of a repository that is gone. */
  async remove(repositoryId: string): Promise<void> {
    this.#open.delete(repositoryId);
    // It may never have been opened by this process.
    await rm(join(this.#options.dir, repositoryId), { recursive: true, force: true });
  }

  async #credentials(repositoryId: string, spec: RepositorySpec): Promise<GitCredentials> {
    const { username, password, sshKey, knownHosts } = spec.credentials ?? {};
    return {
      ...(username === undefined ? {} : { username }),
      ...(knownHosts === undefined ? {} : { knownHosts }),
      ...(password === undefined ? {} : { password: await this.#secret(repositoryId, password, 'password') }),
      ...(sshKey === undefined ? {} : { sshKey: await this.#secret(repositoryId, sshKey, 'sshKey') }),
    };
  }

  async #secret(repositoryId: string, text: string, field: string): Promise<string> {
    if (!text.includes('${')) {
      throw new HeadgateError('literal_secret', `\`spec.credentials.${field}\` holds a literal value`, {
        at: `/spec/credentials/${field}`,
        hint: 'write `${secret:name/key}`, `${env:NAME}` or `${file:/path}`',
      });
    }
    return this.#options.resolveReference(text, repositoryId);
  }
}
