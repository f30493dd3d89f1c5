import { isAbsolute } from 'node:path';
import { HeadgateError } from '../../foundation/errors.ts';

/** Which forms of URL an installation accepts beside https and ssh. */
export interface UrlPolicy {
  /** Absolute paths on this machine. */
  readonly localPaths: boolean;
  /** `git://` and `http://`: neither encrypted nor authenticated, so for tests and trusted networks only. */
  readonly insecure: boolean;
}

export interface RemoteUrl {
  readonly kind: 'https' | 'ssh' | 'local' | 'insecure';
  readonly url: string;
}

// The short form of ssh URLs (git-clone(1), "GIT URLS"): user@host:path, where the path does not start with a slash pair.
const SCP_FORM = /^(?<user>[A-Za-z0-9_][-A-Za-z0-9._]*)@(?<host>[A-Za-z0-9][-A-Za-z0-9.]*):(?<path>[^:\s][^\s]*)$/;

/**
 * Accepts https, ssh and, where allowed, local paths; refuses everything that Git could read as an option, a remote
 * helper (`ext::…`) or that carries credentials. Throws `git_url_refused`, without the URL's user part.
 */
export function checkRemoteUrl(url: string, policy: UrlPolicy): RemoteUrl {
  const refuse = (why: string, hint?: string): never => {
    throw new HeadgateError('git_url_refused', `the repository URL is refused: ${why}`, { hint });
  };
  // eslint-disable-next-line no-control-regex -- control characters are what is looked for
  if (/[\u0000-\u001f\u007f]/.test(url)) refuse('it holds control characters');
  if (url.startsWith('-')) refuse('it starts with a dash');
  if (url.includes('::')) refuse('remote helpers (`::`) are not allowed');
  if (isAbsolute(url) || url.startsWith('file://')) {
    if (!policy.localPaths)
      refuse('local paths are not allowed here', 'start the server with `--repo` for a local repository');
    return { kind: 'local', url: url.startsWith('file://') ? decodeURIComponent(new URL(url).pathname) : url };
  }
  if (SCP_FORM.test(url)) return { kind: 'ssh', url };
  const parsed = URL.canParse(url) ? new URL(url) : refuse('it is neither a URL nor an absolute path');
  if (parsed.password !== '') refuse('it holds a password', 'put credentials into `spec.credentials` by reference');
  if (parsed.hostname.startsWith('-')) refuse('its host starts with a dash');
  switch (parsed.protocol) {
    case 'ssh:':
      return { kind: 'ssh', url };
    case 'https:':
      if (parsed.username !== '')
        refuse('it holds a user name', 'put credentials into `spec.credentials` by reference');
      return { kind: 'https', url };
    case 'git:':
    case 'http:':
      if (!policy.insecure) refuse(`${parsed.protocol}// is not safe`, 'use https or ssh');
      return { kind: 'insecure', url };
    default:
      return refuse(`${parsed.protocol}// is not supported`, 'use https, ssh or an absolute path');
  }
}

/** The URL as it may be shown: without a user part. */
export function displayUrl(url: string): string {
  return url.replace(/^([a-z+]+:\/\/)[^/@]*@/i, '$1');
}
