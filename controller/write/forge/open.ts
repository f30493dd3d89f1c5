/** Opens pull requests at GitHub, GitLab, Gitea and Forgejo. */
import { HeadgateError, messageOf } from '../../../foundation/errors.ts';
import type { RepositorySpec } from '../../../crds/index.ts';
import { forgeAddress, type ForgeName } from './address.ts';
import { withForge } from './call.ts';
import type { Forge, PullRequest } from './forge.ts';
import { gitea } from './gitea.ts';
import { github } from './github.ts';
import { gitlab } from './gitlab.ts';

const FORGES: Readonly<Record<ForgeName, Forge>> = { github, gitlab, gitea };

export interface OpenPullRequest {
  readonly spec: RepositorySpec;
  /** The branch with the change, which is at the remote already. */
  readonly branch: string;
  readonly title: string;
  readonly body: string;
  /** Resolves a reference such as `${env:GIT_TOKEN}`. */
  readonly resolveReference: (text: string) => Promise<string>;
  /**
   * The host that the repository is fetched from may be private, as for Git; another one must be public or in here.
   */
  readonly allowNetworks: readonly string[];
  /** Whether http will do, as for the remote. */
  readonly insecure: boolean;
  readonly signal: AbortSignal;
}

export type OpenedPullRequest = PullRequest & {
  /** What did not work beside: labels. */
  readonly warning?: string;
};

const EVERYWHERE = ['0.0.0.0/0', '::/0'];
/** All requests for one pull request together, in milliseconds. */
const DEADLINE_MS = 60_000;

/**
 * Opens a pull request from `branch` into the branch that the repository follows; one that is open for them already is
 * answered instead. Null when the forge is not known. Throws `pull_request_failed`, `reference_not_found`,
 * `address_refused` and `invalid_resource`.
 */
export async function openPullRequest(options: OpenPullRequest): Promise<OpenedPullRequest | null> {
  const { spec, branch, title, body } = options;
  const address = forgeAddress(spec);
  if (address === null) return null;
  if (!options.insecure && !address.api.startsWith('https:')) {
    throw new HeadgateError('invalid_resource', 'the API of the forge must be https', {
      at: '/spec/pullRequests/api',
    });
  }
  const forge = FORGES[address.forge];
  const headers = forge.headers(await tokenOf(options));
  const signal = AbortSignal.any([options.signal, AbortSignal.timeout(DEADLINE_MS)]);
  const policy = { allow: address.isOwnHost ? EVERYWHERE : options.allowNetworks };
  const labels = spec.pullRequests?.labels ?? [];
  const path = address.forge === 'gitlab' ? address.path : address.path.split('/').map(encodeURIComponent).join('/');
  return withForge({ api: address.api, headers, policy, signal }, async (call) => {
    const wish = {
      head: branch,
      base: spec.branch ?? 'main',
      title,
      body,
      draft: spec.pullRequests?.draft ?? false,
      labels,
    };
    const opened = await forge.open(call, path, wish);
    if (labels.length === 0 || opened.existed) return opened;
    try {
      await forge.label?.(call, path, opened.number, labels);
      return opened;
    } catch (error) {
      // It is open, and whoever asks again must not get a second one for the sake of a label.
      return { ...opened, warning: `the labels were not set: ${messageOf(error)}` };
    }
  });
}

async function tokenOf({ spec, resolveReference }: OpenPullRequest): Promise<string> {
  const reference = spec.pullRequests?.token ?? spec.credentials?.password;
  if (reference === undefined) {
    throw new HeadgateError('reference_not_found', 'there is no token for the API of the forge', {
      at: '/spec/pullRequests/token',
      hint: 'set `spec.pullRequests.token`, or `spec.credentials.password`',
    });
  }
  const token = await resolveReference(reference);
  // Anything else could not stand in a header.
  if (/^[\x21-\x7e]+$/.test(token.trim())) return token.trim();
  throw new HeadgateError('reference_not_found', 'what `spec.pullRequests.token` resolves to is no token', {
    at: '/spec/pullRequests/token',
  });
}
