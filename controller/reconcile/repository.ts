/** Brings the resources to what a repository declares, and keeps asking the remote for news. */
import { createHash } from 'node:crypto';
import { HeadgateError, isHeadgateError } from '../../foundation/errors.ts';
import { refKey } from '../../foundation/ids.ts';
import { parseDuration } from '../../foundation/time.ts';
import { refOf } from '../../crds/index.ts';
import type { TreeEntry } from '../git/mirror.ts';
import { watchLocalRepository } from '../git/local-watch.ts';
import type { ResourceChange, Resources, ResourceSummary, StoredResource } from '../ports.ts';
import type { OpenMirror } from '../sync/mirrors.ts';
import { declaringFiles } from '../sync/read.ts';
import { applyPlan, folderOf, prepare, refusal, type Prepared, type SyncTarget } from '../sync/sync.ts';
import { holdDeletion } from './hold.ts';
import { isRequested, type RepositoryContext, type RepositoryStep } from './repository-context.ts';
import { refuseInvalid } from './refuse-invalid.ts';
import { GO, rest, stall } from './step.ts';

/** Everything is compared again after this, so that what was changed behind our back heals, in milliseconds. */
const COMPARE_MS = 10 * 60_000;
const LATER_MS = 60_000;

/** A repository that is to go takes what it declared along, if it prunes. */
const finishDeletion: RepositoryStep = async (context) => {
  const { stored, deps, memory } = context;
  if (stored.deletedAt === null) return GO;
  const ref = refOf(stored.resource);
  if (stored.resource.spec.prune ?? true) {
    const owned = await deps.resources.list({ repositoryId: stored.id });
    const toDelete = owned.filter((entry) => entry.deletedAt === null && entry.id !== stored.id);
    await deps.resources.apply(
      toDelete.map(({ resource }): ResourceChange => ({ action: 'delete', ref: refOf(resource) })),
    );
  }
  memory.watched?.end();
  memory.watched = null;
  await deps.mirrors.remove(stored.id);
  await deps.cacheOf(stored.id)?.clear();
  await deps.store.syncs.deleteRepository(stored.id);
  await deps.resources.remove(ref);
  context.gone = true;
  return GO;
};

const respectSuspension: RepositoryStep = async ({ stored, deps, gone }) => {
  if (gone === true) return GO;
  const { suspend, environment } = stored.resource.spec;
  if (suspend === true) return rest('Suspended', 'syncing is suspended by `spec.suspend`', LATER_MS);
  if (environment !== undefined && environment !== deps.environment) {
    return rest('OtherEnvironment', `is for environment '${environment}', this is '${deps.environment}'`, LATER_MS);
  }
  return GO;
};

const openMirror: RepositoryStep = async (context) => {
  const { stored, deps, memory, gone } = context;
  if (gone === true) return GO;
  const { spec } = stored.resource;
  context.open = await deps.mirrors.of(stored.id, spec);
  const { remote } = context.open;
  const branch = spec.branch ?? 'main';
  if (memory.watched?.path === remote.url && memory.watched.branch === branch) return GO;
  memory.watched?.end();
  memory.watched = null;
  if (remote.kind === 'local') {
    const key = refKey(refOf(stored.resource));
    memory.watched = { path: remote.url, branch, end: watchLocalRepository(remote.url, branch, () => deps.wake(key)) };
  }
  return GO;
};

/** Asks the remote where the branch is; fetches only when that is news. */
const fetchRevision: RepositoryStep = async (context) => {
  const { stored, deps, memory, open } = context;
  if (open === undefined) return GO;
  const branch = stored.resource.spec.branch ?? 'main';
  const revision = await open.mirror.remoteRevision(branch, deps.signal);
  const same = revision === memory.attempted && stored.generation === memory.generation;
  const known = same && memory.clean && context.now - memory.comparedAt < COMPARE_MS;
  if (known && context.requests.length === 0 && !isRequested(stored)) return GO;
  context.revision = await open.mirror.fetch(branch, deps.signal);
  context.commit = await open.mirror.commit(context.revision, deps.signal);
  return GO;
};

/** A commit that touches no declaring file changes nothing. */
const listFiles: RepositoryStep = async (context) => {
  const { stored, deps, memory, open, revision, requests, now } = context;
  if (open === undefined || revision === undefined) return GO;
  const { spec } = stored.resource;
  context.files = await healing(context, () => declaringFiles(open.mirror, revision, folderOf(spec), deps.signal));
  context.digest = digestOf(stored.generation, context.files);
  const recent = memory.clean && now - memory.comparedAt < COMPARE_MS;
  context.unchanged =
    recent &&
    context.digest === memory.compared &&
    requests.length === 0 &&
    !isRequested(stored) &&
    spec.verify === undefined;
  return GO;
};

/** Reads, checks, plans and applies a revision. What is wrong with single files keeps nothing else from being applied. */
const syncRevision: RepositoryStep = async (context) => {
  const { stored, deps, memory, open, revision, files, requests } = context;
  if (open === undefined || revision === undefined || files === undefined) return GO;
  memory.attempted = revision;
  memory.generation = stored.generation;
  if (context.unchanged === true) return GO;
  const target = targetOf(stored, open);
  memory.clean = false;
  memory.live = null;
  context.prepared = await healing(context, () => prepare(target, revision, files, deps, deps.signal));
  const refused = refusal(context.prepared, requests);
  if (refused !== null) throw new HeadgateError(refused.code, refused.message, { hint: refused.hint });
  await applyPlan(target, context.prepared, deps.resources);
  memory.clean = context.prepared.plan.errors.length === 0;
  memory.compared = context.digest ?? null;
  memory.comparedAt = context.now;
  if (!memory.clean) return GO;
  memory.live = await liveAfter(stored.id, context.prepared, deps.resources);
  // Somebody has changed it already: the next visit compares everything.
  memory.clean = memory.live !== null;
  return GO;
};

/** The digest of what is live; null where that is not what is declared. */
async function liveAfter(id: string, { declared }: Prepared, resources: Resources): Promise<string | null> {
  const live = await resources.index({ repositoryId: id });
  const hashes = new Map(live.filter(({ deleted }) => !deleted).map(({ key, hash }) => [key, hash]));
  return [...declared.values()].every(({ key, hash }) => hashes.get(key) === hash) ? digestOfLive(live) : null;
}

/** The digest of the resources of one repository, in the order of the index. */
export function digestOfLive(live: readonly ResourceSummary[]): string {
  const hash = createHash('sha256');
  for (const { key, hash: of, deleted } of live) if (!deleted) hash.update(`${key} ${of}\n`);
  return hash.digest('hex');
}

function digestOf(generation: number, files: readonly TreeEntry[]): string {
  const hash = createHash('sha256').update(`${generation}\n`);
  for (const { path, oid } of files) hash.update(`${oid} ${path}\n`);
  return hash.digest('hex');
}

/** Does `work`; when the mirror proves damaged, makes it anew and does `work` once more. */
async function healing<T>({ stored, deps, open }: RepositoryContext, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isHeadgateError(error) || error.code !== 'git_corrupt') throw error;
    deps.log.warn({ repository: stored.id, error: error.message }, 'the mirror is damaged and is made anew');
    await open!.mirror.reset();
    await open!.mirror.fetch(stored.resource.spec.branch ?? 'main', deps.signal);
    return work();
  }
}

function targetOf(stored: StoredResource<'Repository'>, open: OpenMirror): SyncTarget {
  const { resource } = stored;
  return {
    id: stored.id,
    key: refKey(refOf(resource)),
    namespace: resource.metadata.namespace,
    spec: resource.spec,
    mirror: open.mirror,
  };
}

/** Files that could not be applied need their authors. */
const reportErrors: RepositoryStep = async ({ prepared }) => {
  const errors = prepared?.plan.errors ?? [];
  const [first] = errors;
  if (first === undefined) return GO;
  const message = `${errors.length} ${errors.length === 1 ? 'error' : 'errors'}, the first: ${first.message}`;
  return stall({ code: first.code, message, ...(first.at === undefined ? {} : { at: first.at }) });
};

/** Read from top to bottom: this is all that happens to a repository. */
export const repositorySteps: readonly RepositoryStep[] = [
  holdDeletion,
  finishDeletion,
  refuseInvalid,
  respectSuspension,
  openMirror,
  fetchRevision,
  listFiles,
  syncRevision,
  reportErrors,
];

/** What only a person can mend; anything else is tried again by itself. */
const NEEDS_A_PERSON = new Set([
  'git_url_refused',
  'git_ref_not_found',
  'git_unverified',
  'path_empty',
  'prune_blocked',
  'plan_changed',
  'literal_secret',
  'reference_not_found',
  'invalid_resource',
  'invalid_request',
  'invalid_yaml',
]);

export function needsAPerson(error: unknown): error is HeadgateError {
  return isHeadgateError(error) && NEEDS_A_PERSON.has(error.code);
}

/** When to ask the remote again, in milliseconds. */
export function pollInterval(stored: StoredResource<'Repository'>): number {
  return Math.max(1000, parseDuration(stored.resource.spec.interval ?? '1m'));
}
