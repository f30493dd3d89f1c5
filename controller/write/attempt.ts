/** One try at a commit: on top of the head as it is now, checked as a sync would check it, pushed if nobody was faster. */
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { HeadgateError } from '../../foundation/errors.ts';
import { refKey } from '../../foundation/ids.ts';
import { refOf } from '../../crds/index.ts';
import { makeCommit, type FileEdit } from '../git/commit.ts';
import { advance } from '../git/advance.ts';
import { QUARANTINE } from '../git/leftovers.ts';
import type { Mirror } from '../git/mirror.ts';
import type { Plan } from '../plan/types.ts';
import type { Resources, StoredResource } from '../ports.ts';
import { declarationHash } from '../plan/plan.ts';
import { readOnly, type FindingsCache, type Reading } from '../sync/read.ts';
import { folderOf, prepare, unnamedIn, type Prepared, type SyncDeps, type SyncTarget } from '../sync/sync.ts';
import { editsOf } from './edits.ts';
import { declaringOrNone, readHead } from './head.ts';
import { liveView } from './live.ts';
import { authorOf, commitMessage, COMMITTER } from './message.ts';
import type { WriteChange, WriteRequest } from './ports.ts';
import { refuseNewErrors } from './refuse.ts';
import { refOfChange } from './target.ts';

export interface Job {
  readonly stored: StoredResource<'Repository'>;
  readonly mirror: Mirror;
  /** The branch that is synced. */
  readonly branch: string;
  /** A new branch for a pull request; null: the commit goes to `branch` itself. */
  readonly proposal: string | null;
  readonly request: WriteRequest;
}

export interface AttemptDeps extends SyncDeps {
  readonly resources: Resources;
}

/** A commit that was sent. Whether it has arrived is known only when the push was answered. */
export interface Sent {
  readonly revision: string;
  readonly plan: Plan;
}

export type Attempted =
  | { readonly form: 'unchanged'; readonly revision: string }
  | { readonly form: 'planned'; readonly plan: Plan }
  /** Somebody was faster: nothing has changed. */
  | { readonly form: 'moved' }
  | ({ readonly form: 'pushed' } & Sent);

/**
 * `head` was fetched. `onSend` is told of the commit right before it leaves. Throws `conflict`, and what a sync would say
 * of the resources.
 */
export async function attempt(
  job: Job,
  head: string,
  deps: AttemptDeps,
  onSend: (sent: Sent) => void,
  signal: AbortSignal,
): Promise<Attempted> {
  const { mirror, branch, request } = job;
  const { spec } = job.stored.resource;
  const cache = readOnly(deps.cacheOf(job.stored.id));
  const unnamed = unnamedIn(job.stored.resource.metadata.namespace, deps);
  const at = await readHead({ mirror, branch, revision: head, folder: folderOf(spec), ...unnamed }, cache, signal);
  const edits = await editsOf(request.changes, at, await liveView(request.changes, deps.resources));
  if (edits.length === 0) return { form: 'unchanged', revision: head };
  const dir = await mkdtemp(join(mirror.dir, QUARANTINE));
  try {
    const view = await mirror.quarantine(dir, signal);
    const revision = await commitOf(job, head, edits, view, dir, signal);
    const plan = await checked(job, head, revision, view, cache, deps, signal);
    if (request.dryRun) return { form: 'planned', plan };
    onSend({ revision, plan });
    const goal = { branch: job.proposal ?? branch, from: job.proposal === null ? head : null, to: revision };
    const advanced = await advance(view, { ...goal, parent: head }, signal);
    return advanced === 'moved' ? { form: 'moved' } : { form: 'pushed', revision, plan };
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

function commitOf(
  { request }: Job,
  parent: string,
  edits: readonly FileEdit[],
  view: Mirror,
  dir: string,
  signal: AbortSignal,
): Promise<string> {
  const message = commitMessage(request);
  return makeCommit(
    view,
    dir,
    { parent, edits, message, author: authorOf(request.author), committer: COMMITTER },
    signal,
  );
}

/** The plan that a sync of the commit would make. Throws the errors that the commit brings. */
async function checked(
  { stored, branch, mirror, proposal, request }: Job,
  head: string,
  revision: string,
  view: Mirror,
  cache: FindingsCache | null,
  deps: AttemptDeps,
  signal: AbortSignal,
): Promise<Plan> {
  const { resource } = stored;
  if (resource.spec.verify !== undefined && proposal === null) {
    throw new HeadgateError('conflict', `'${branch}' takes signed commits only (\`spec.verify\`)`, {
      hint: 'set `writeBack: pull-request`: what is merged is signed by whoever merges it',
    });
  }
  // The commit of a proposal is not the one that will be synced.
  const { verify: _, ...spec } = resource.spec;
  const prepared = async (commit: string, from: Mirror): Promise<Prepared> => {
    const key = refKey(refOf(resource));
    const target: SyncTarget = { id: stored.id, key, namespace: resource.metadata.namespace, spec, mirror: from };
    const files = await declaringOrNone(from, commit, folderOf(spec), signal);
    return prepare(target, commit, files, { ...deps, cacheOf: () => cache }, signal);
  };
  const { plan, reading } = await prepared(revision, view);
  if (plan.errors.length > 0) refuseNewErrors(plan.errors, (await prepared(head, mirror)).plan.errors);
  refuseUnless(reading, request.changes);
  return plan;
}

/** What is read from the commit must be what was asked for, wherever and however it was written. */
function refuseUnless({ entries }: Reading, changes: readonly WriteChange[]): void {
  const hashes = new Map(entries.map((entry) => [entry.key, entry.hash]));
  for (const change of changes) {
    const key = refKey(refOfChange(change));
    const wished = change.action === 'delete' ? undefined : declarationHash(change.resource);
    if (hashes.get(key) === wished) continue;
    throw new HeadgateError('conflict', `${key} would not be read from Git as it was asked for`, {
      hint: 'change it in Git by hand',
    });
  }
}
