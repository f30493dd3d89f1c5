/** What forges say of a push, each in its own form. Nothing of it is believed before the signature is checked. */

export const PROVIDERS = ['github', 'gitlab', 'gitea', 'bitbucket', 'generic'] as const;
export type Provider = (typeof PROVIDERS)[number];

export type Header = (name: string) => string | undefined;

export interface Notice {
  /** Addresses under which the repository may be declared. */
  readonly urls: readonly string[];
  /** Branches that were pushed; empty for everything that is no push. */
  readonly branches: readonly string[];
}

/** At most so many addresses and branches of one notice are looked at. */
const MAX_ITEMS = 1000;

/** Reads the body of a notice. `isPush`: as the header that names the event says. */
export function readNotice(provider: Provider, body: unknown, header: Header): Notice {
  const { urls, refs } = READERS[provider](body, header);
  const branches = refs.filter((ref) => ref.startsWith('refs/heads/')).map((ref) => ref.slice('refs/heads/'.length));
  return { urls: urls.slice(0, MAX_ITEMS), branches: branches.slice(0, MAX_ITEMS) };
}

interface Read {
  readonly urls: readonly string[];
  /** As in Git: `refs/heads/main`. */
  readonly refs: readonly string[];
}

const READERS: Readonly<Record<Provider, (body: unknown, header: Header) => Read>> = {
  // https://docs.github.com/en/webhooks/webhook-events-and-payloads#push
  github: (body, header) => ({
    urls: texts(body, ['repository.clone_url', 'repository.ssh_url', 'repository.html_url']),
    refs: header('x-github-event') === 'push' ? texts(body, ['ref']) : [],
  }),
  // https://docs.gitlab.com/user/project/integrations/webhook_events/#push-events
  gitlab: (body) => ({
    urls: texts(body, ['project.git_http_url', 'project.git_ssh_url', 'project.web_url']),
    refs: texts(body, ['object_kind', 'event_name']).includes('push') ? texts(body, ['ref']) : [],
  }),
  // https://docs.gitea.com/usage/webhooks
  gitea: (body, header) => ({
    urls: texts(body, ['repository.clone_url', 'repository.ssh_url', 'repository.html_url']),
    refs: (header('x-gitea-event') ?? header('x-forgejo-event')) === 'push' ? texts(body, ['ref']) : [],
  }),
  bitbucket,
  generic: (body) => {
    const refs = texts(body, ['ref']);
    return {
      urls: texts(body, ['repository']),
      refs: [...refs, ...texts(body, ['branch']).map((name) => `refs/heads/${name}`)],
    };
  },
};

/**
 * Bitbucket Cloud (https://support.atlassian.com/bitbucket-cloud/docs/event-payloads/#Push) and Bitbucket Data Center
 * (https://confluence.atlassian.com/bitbucketserver/event-payload-938025882.html).
 */
function bitbucket(body: unknown, header: Header): Read {
  const links = at(body, 'repository.links');
  const clone = list(at(links, 'clone')).flatMap((link) => texts(link, ['href']));
  const self = list(at(links, 'self')).flatMap((link) => texts(link, ['href']).map(cloneAddress));
  const urls = [...texts(links, ['html.href']), ...clone, ...self];
  if (header('x-event-key') === 'repo:push') {
    // A branch that was deleted has no `new`.
    const ends = list(at(body, 'push.changes')).flatMap((change) => [at(change, 'new'), at(change, 'old')]);
    const branches = ends.filter((end) => at(end, 'type') === 'branch').flatMap((end) => texts(end, ['name']));
    return { urls, refs: [...new Set(branches)].map((name) => `refs/heads/${name}`) };
  }
  const isPush = header('x-event-key') === 'repo:refs_changed';
  return { urls, refs: isPush ? list(at(body, 'changes')).flatMap((change) => texts(change, ['ref.id'])) : [] };
}

/** The page of a repository at Bitbucket Data Center as the address that it is cloned from. */
function cloneAddress(href: string): string {
  return href.replace(/\/projects\/([^/]+)\/repos\/([^/]+)(?:\/browse)?$/, '/scm/$1/$2');
}

function at(value: unknown, path: string): unknown {
  let found = value;
  for (const name of path.split('.')) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, name)) return undefined;
    found = (found as Record<string, unknown>)[name];
  }
  return found;
}

function texts(value: unknown, paths: readonly string[]): string[] {
  return paths.map((path) => at(value, path)).filter((text): text is string => typeof text === 'string' && text !== '');
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
