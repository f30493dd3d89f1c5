/** Which forge a remote belongs to, and where its API is. */
import { HeadgateError } from '../../../foundation/errors.ts';
import type { RepositorySpec } from '../../../crds/index.ts';

export type ForgeName = 'github' | 'gitlab' | 'gitea';

export interface ForgeAddress {
  readonly forge: ForgeName;
  /** Without a slash at its end. */
  readonly api: string;
  /** Of the repository at the forge: `owner/name`, at GitLab with all its groups. */
  readonly path: string;
  /** Whether the API is on the host that the repository is fetched from. */
  readonly isOwnHost: boolean;
}

interface Remote {
  readonly protocol: string;
  /** In lower case. */
  readonly hostname: string;
  /** With a port, where http or https names one. */
  readonly host: string;
  /** Without slashes around it and without `.git`. */
  readonly path: string;
}

/** The parts of an https, http or ssh URL, or of the short form `git@host:path`; null for anything else. */
export function parseRemote(url: string): Remote | null {
  const short = /^(?:[^@/:\s]+@)([^/:\s]+):(?!\/\/)(\S+)$/.exec(url);
  const parsed = short === null ? URL.parse(url) : URL.parse(`ssh://${short[1]}/${short[2]!.replace(/^\/+/, '')}`);
  if (parsed === null || !['https:', 'http:', 'ssh:'].includes(parsed.protocol)) return null;
  const path = decode(parsed.pathname)
    .replace(/^\/+|\/+$/g, '')
    .replace(/\.git$/i, '');
  const hostname = parsed.hostname.toLowerCase();
  if (hostname === '' || path === '') return null;
  return { protocol: parsed.protocol, hostname, host: parsed.protocol === 'ssh:' ? hostname : parsed.host, path };
}

function decode(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

const KNOWN: Readonly<Record<string, ForgeName>> = {
  'github.com': 'github',
  'ssh.github.com': 'github',
  'gitlab.com': 'gitlab',
  'altssh.gitlab.com': 'gitlab',
  'codeberg.org': 'gitea',
  'gitea.com': 'gitea',
};

/** Public forges that take ssh at another name than https. */
const WEB_HOSTS: Readonly<Record<string, string>> = {
  'ssh.github.com': 'github.com',
  'altssh.gitlab.com': 'gitlab.com',
  'altssh.bitbucket.org': 'bitbucket.org',
};

/**
 * What the addresses of one repository have in common: https and ssh, ports, upper case and `.git` make no difference.
 */
export function remoteKey(url: string): string {
  const remote = parseRemote(url);
  if (remote === null) return url;
  const host = WEB_HOSTS[remote.hostname] ?? remote.hostname;
  // Bitbucket Data Center has this before the path with https and not with ssh.
  return `${host}/${remote.path.replace(/^scm\//, '')}`.toLowerCase();
}

/**
 * The forge of a repository: as `pullRequests` says, else by its well-known host. Null when neither tells. Throws
 * `invalid_resource` when the URL cannot be one of that forge.
 */
export function forgeAddress(spec: Pick<RepositorySpec, 'url' | 'pullRequests'>): ForgeAddress | null {
  const remote = parseRemote(spec.url);
  const forge = spec.pullRequests?.provider ?? (remote === null ? undefined : KNOWN[remote.hostname]);
  if (forge === undefined) return null;
  if (remote === null) {
    throw new HeadgateError('invalid_resource', '`spec.url` is no address at a forge', {
      at: '/spec/url',
      hint: 'pull requests need an https or ssh URL',
    });
  }
  const parts = remote.path.split('/');
  if (parts.length < 2 || (forge !== 'gitlab' && parts.length > 2 && spec.pullRequests?.api === undefined)) {
    throw new HeadgateError('invalid_resource', '`spec.url` names no repository of an owner', {
      at: '/spec/url',
      hint: 'it ends in owner/repository; where the forge is below a path, set `spec.pullRequests.api`',
    });
  }
  const api = spec.pullRequests?.api;
  return {
    forge,
    api: (api ?? usualApi(forge, remote)).replace(/\/+$/, ''),
    path: forge === 'gitlab' ? pathBelow(remote.path, api) : parts.slice(-2).join('/'),
    isOwnHost: api === undefined || URL.parse(api)?.hostname.toLowerCase() === remote.hostname,
  };
}

function usualApi(forge: ForgeName, remote: Remote): string {
  const host = WEB_HOSTS[remote.hostname] ?? remote.host;
  const root = `${remote.protocol === 'http:' ? 'http' : 'https'}://${host}`;
  if (forge === 'github') return host === 'github.com' ? 'https://api.github.com' : `${root}/api/v3`;
  return `${root}/api/${forge === 'gitlab' ? 'v4' : 'v1'}`;
}

/** A GitLab may be installed below a path, which its repositories' URLs then begin with and its projects' names do not. */
function pathBelow(path: string, api: string | undefined): string {
  const root = decode(URL.parse(api ?? '')?.pathname ?? '')
    .replace(/\/api\/v\d+\/?$/, '')
    .replace(/^\/+|\/+$/g, '');
  return root !== '' && path.startsWith(`${root}/`) ? path.slice(root.length + 1) : path;
}
