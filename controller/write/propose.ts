/** `writeBack: pull-request`: a branch of its own for each change, and a pull request where the forge is known. */
import { messageOf } from '../../foundation/errors.ts';
import { newId } from '../../foundation/ids.ts';
import type { Logger } from '../../foundation/log.ts';
import type { RepositorySpec } from '../../crds/index.ts';
import { advance } from '../git/advance.ts';
import type { Plan } from '../plan/types.ts';
import type { Job, Sent } from './attempt.ts';
import { openPullRequest } from './forge/open.ts';
import type { WriteOutcome, WriteRequest } from './ports.ts';
import { refOfChange } from './target.ts';

export interface ProposeDeps {
  /** The value of a reference of a repository, such as the token of its forge. */
  readonly resolveReference: (text: string, repositoryId: string) => Promise<string>;
  /** Private addresses that may be reached. */
  readonly allowNetworks: readonly string[];
  /** Whether http will do, as for the remote. */
  readonly insecure: boolean;
  readonly log: Logger;
}

/** `headgate/update-orders-7k2m9x4d`: says what it is about, and is of this request alone. */
export function proposalBranch(changes: WriteRequest['changes']): string {
  const [first] = changes;
  const words = changes.length === 1 ? first!.action : 'change';
  return `headgate/${words}-${refOfChange(first!).name}-${newId('x').slice(-8)}`;
}

/**
 * Opens a pull request for a branch that was pushed. When the forge refuses, the branch is taken back, so that the same
 * request can be made again.
 */
export async function propose(job: Job, sent: Sent, deps: ProposeDeps, signal: AbortSignal): Promise<WriteOutcome> {
  const { stored, mirror, branch: base, proposal, request } = job;
  const branch = proposal!;
  // The forge must be told a branch, where the repository may follow `HEAD`.
  const spec: RepositorySpec = { ...stored.resource.spec, branch: base };
  try {
    const opened = await openPullRequest({
      spec,
      branch,
      title: request.subject,
      body: bodyOf(request, sent.plan),
      resolveReference: (text) => deps.resolveReference(text, stored.id),
      allowNetworks: deps.allowNetworks,
      insecure: deps.insecure,
      signal,
    });
    if (opened?.warning !== undefined) deps.log.warn({ branch, url: opened.url }, opened.warning);
    return { form: 'proposed', branch, url: opened?.url ?? null, ...sent };
  } catch (error) {
    const back = { branch, from: sent.revision, to: null, parent: sent.revision };
    // Whoever asked may be gone by now; the branch is taken back all the same.
    await advance(mirror, back, AbortSignal.timeout(TAKE_BACK_MS)).catch((cause: unknown) => {
      deps.log.warn({ branch, error: messageOf(cause) }, 'the branch of a failed pull request could not be deleted');
    });
    throw error;
  }
}

const TAKE_BACK_MS = 30_000;
const MAX_LINES = 50;

/** What the change does, for whoever reads it. Names resources and fields, never values. */
function bodyOf({ author, requestId }: WriteRequest, plan: Plan): string {
  const lines = plan.changes.slice(0, MAX_LINES).map(({ action, resource, effect, paths }) => {
    const fields = paths.length === 0 ? '' : `: ${paths.map((path) => `\`${path}\``).join(', ')}`;
    return `- ${action} \`${resource}\` (${effect})${fields}`;
  });
  const more = plan.changes.length - lines.length;
  const all = [...lines, ...(more > 0 ? [`- and ${more} more`] : [])];
  const blocked = plan.blocked === null ? [] : ['', `Would wait for consent: ${plan.blocked.message}`];
  const asked = `Asked for by ${author.name.replace(/[^\p{L}\p{N} ._-]/gu, '')} through the API of Headgate.`;
  const id = requestId.replace(/[^\w.:-]/g, '');
  return ['Once merged, this changes:', '', ...all, ...blocked, '', asked, '', `Request-Id: ${id}`].join('\n');
}
