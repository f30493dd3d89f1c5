/** One sync of one repository: from the commit at the remote to the live resources, as an array of steps. */
import { HeadgateError, toErrorRecord, type ErrorRecord } from '../../foundation/errors.ts';
import { newId, parseRefKey, refKey } from '../../foundation/ids.ts';
import type { Logger } from '../../foundation/log.ts';
import type { Clock } from '../../foundation/time.ts';
import { refOf, type ConnectorSpec, type RepositorySpec, type Resource } from '../../crds/index.ts';
import type { SyncRecord, SyncRequest, Syncs } from '../../store/ports.ts';
import { verifyCommit } from '../git/verify.ts';
import type { Commit, Mirror, TreeEntry } from '../git/mirror.ts';
import { plan, type Declared, type Observed } from '../plan/plan.ts';
import type { Plan } from '../plan/types.ts';
import type { ResourceChange, Resources, ResourceSummary } from '../ports.ts';
import { checkTogether, type Surroundings } from './check.ts';
import type { DeclaredEntry } from './inspect.ts';
import { contents, readRevision, type FindingsCache, type Reading } from './read.ts';

/** The repository that is synced. */
export interface SyncTarget {
  readonly id: string;
  /** `Repository/default/main` */
  readonly key: string;
  readonly namespace: string;
  readonly spec: RepositorySpec;
  readonly mirror: Mirror;
}

export interface SyncDeps {
  readonly resources: Resources;
  readonly cacheOf: (repositoryId: string) => FindingsCache | null;
  /** Whether Repositories of a namespace may declare resources of others too; they may when left out. */
  readonly spans?: (namespace: string) => boolean;
  /** The workspace of files that name none, in a Repository of a namespace; `default` when left out. */
  readonly unnamed?: (namespace: string) => string;
  readonly clock: Clock;
  readonly log: Logger;
}

/** What is known once a revision was read and compared; applying it walks `plan.changes`. */
export interface Prepared {
  readonly revision: string;
  readonly reading: Reading;
  readonly plan: Plan;
  /** The declared content behind each create and update. */
  readonly contents: ReadonlyMap<string, Resource>;
  readonly declared: ReadonlyMap<string, DeclaredEntry>;
}

/** The folder of a repository as the mirror wants it: no slashes at the ends, empty for all. Throws for `..`. */
export function folderOf(spec: RepositorySpec): string {
  const parts = (spec.path ?? '.').split('/').filter((part) => part !== '' && part !== '.');
  if (parts.includes('..')) {
    throw new HeadgateError('invalid_resource', "`spec.path` must not contain '..'", { at: '/spec/path' });
  }
  return parts.join('/');
}

/** What `readRevision` is told of files that name no workspace. */
export function unnamedIn(namespace: string, { unnamed }: Pick<SyncDeps, 'unnamed'>): { readonly namespace?: string } {
  return unnamed === undefined ? {} : { namespace: unnamed(namespace) };
}

/** Reads a fetched revision, of which `files` are the declaring files, checks it and makes the plan. Changes nothing. */
export async function prepare(
  target: SyncTarget,
  revision: string,
  files: readonly TreeEntry[],
  deps: SyncDeps,
  signal?: AbortSignal,
): Promise<Prepared> {
  const { mirror, spec } = target;
  if (spec.verify !== undefined) await verifyCommit(mirror, revision, spec.verify.keys, signal);
  const reading = await readRevision({
    mirror,
    revision,
    files,
    cache: deps.cacheOf(target.id),
    ...unnamedIn(target.namespace, deps),
    ...(signal === undefined ? {} : { signal }),
  });
  const inventory = await deps.resources.index();
  const { good, errors } = checkTogether(reading.entries, await surroundings(target, inventory, deps));
  const mine = inventory.filter((entry) => entry.repositoryId === target.id && !entry.deleted);
  const hashes = new Map(mine.map((entry) => [entry.key, entry.hash]));
  const differing = good.filter((entry) => hashes.get(entry.key) !== entry.hash);
  const found = await contents(reading, mirror, differing, signal);
  const observed = await Promise.all(mine.map((entry) => observe(entry, found.has(entry.key), deps.resources)));
  const declared = good.map((entry): Declared => ({ ...entry, content: found.get(entry.key) }));
  return {
    revision,
    reading,
    plan: plan({
      revision,
      declared,
      observed,
      errors: [...reading.errors, ...errors],
      prune: spec.prune ?? true,
    }),
    contents: found,
    declared: new Map(good.map((entry) => [entry.key, entry])),
  };
}

async function observe(entry: ResourceSummary, differs: boolean, resources: Resources): Promise<Observed> {
  const live = differs ? await resources.get(parseRefKey(entry.key)) : null;
  return live === null ? entry : { ...entry, content: live.resource };
}

async function surroundings(
  target: SyncTarget,
  inventory: readonly ResourceSummary[],
  { resources, spans }: SyncDeps,
): Promise<Surroundings> {
  const others = inventory.filter((entry) => entry.repositoryId !== target.id && !entry.deleted);
  const names = new Map(inventory.map((entry) => [entry.id, entry.key]));
  // What a repository left behind when it went belongs to nobody: whoever declares it next has it.
  const owned = others.filter(({ repositoryId }) => repositoryId === null || names.has(repositoryId));
  const owners = new Map(owned.map((entry) => [entry.key, entry.repositoryId]));
  const connectors = new Map<string, string>();
  for (const entry of others) {
    if (!entry.key.startsWith('Connection/')) continue;
    const connection = await resources.get<'Connection'>({ ...parseRefKey(entry.key), kind: 'Connection' });
    if (connection !== null) connectors.set(entry.key, connection.resource.spec.connector);
  }
  const manifests = await manifestsIn(resources, (id) => id !== target.id);
  return {
    ownerOf: (key) => {
      const owner = owners.get(key);
      if (owner === undefined) return null;
      return owner === null ? 'the server itself' : names.get(owner)!;
    },
    connectorOf: (key) => connectors.get(key) ?? null,
    manifestOf: (key) => manifests.get(key) ?? null,
    ...(spans?.(target.namespace) === false ? { only: target.namespace } : {}),
  };
}

/** The manifests that live resources declare, by key: of those whose repository fits. */
export async function manifestsIn(
  resources: Pick<Resources, 'list'>,
  fits: (repositoryId: string | null) => boolean = () => true,
): Promise<ReadonlyMap<string, ConnectorSpec>> {
  const found = new Map<string, ConnectorSpec>();
  for (const { resource, deletedAt, origin, invalid } of await resources.list<'Connector'>({ kind: 'Connector' })) {
    if (deletedAt === null && fits(origin.repositoryId) && invalid === undefined)
      found.set(refKey(refOf(resource)), resource.spec);
  }
  return found;
}

/** Applies a plan, deletes last; all in one step where the platform can. */
export async function applyPlan(target: SyncTarget, prepared: Prepared, resources: Resources): Promise<void> {
  const { revision } = prepared;
  await resources.apply(
    prepared.plan.changes.map((change): ResourceChange => {
      const ref = parseRefKey(change.resource);
      if (change.action === 'delete') return { action: 'delete', ref };
      const at = prepared.declared.get(change.resource)!.at;
      const colon = at.lastIndexOf(':');
      return {
        action: 'apply',
        resource: prepared.contents.get(change.resource)!,
        revision,
        origin: { repositoryId: target.id, file: at.slice(0, colon), line: Number(at.slice(colon + 1)) },
      };
    }),
  );
}

/** Why a prepared plan is not applied as it stands, or null. */
export function refusal(prepared: Prepared, requests: readonly SyncRequest[]): ErrorRecord | null {
  const { plan: made } = prepared;
  const demanded = requests.find((request) => request.planHash !== undefined && request.planHash !== made.hash);
  if (demanded !== undefined) {
    return {
      code: 'plan_changed',
      message: `the plan that was approved is not the plan that would be applied to ${prepared.revision.slice(0, 12)}`,
      hint: 'make the plan again and approve the new one',
    };
  }
  return made.blocked !== null && !requests.some((request) => request.allowPrune) ? made.blocked : null;
}

const MAX_RECORDED = 1000;

/** The record of a sync. `failure` is what kept it from being applied, if anything. */
export function syncRecord(
  repositoryId: string,
  facts: {
    readonly startedAt: number;
    readonly finishedAt: number;
    readonly trigger: string;
    readonly attempted: string | null;
    readonly previouslyApplied: string | null;
    readonly commit: Commit | null;
    /** What was applied, or would have been; null when it did not come to a plan. */
    readonly plan: Pick<Plan, 'changes' | 'errors'> | null;
    readonly failure: unknown;
    readonly requests: readonly SyncRequest[];
  },
): SyncRecord {
  const failed = facts.failure === null ? [] : [toErrorRecord(facts.failure)];
  const errors = [...failed, ...(facts.plan?.errors ?? [])];
  const applied = facts.failure === null && facts.plan !== null;
  const changes = (applied ? facts.plan?.changes : undefined) ?? [];
  return {
    id: newId('sync'),
    repositoryId,
    startedAt: facts.startedAt,
    finishedAt: facts.finishedAt,
    status: statusOf(applied, errors, changes.length),
    trigger: facts.trigger,
    attemptedRevision: facts.attempted,
    appliedRevision: applied && errors.length === 0 ? facts.attempted : facts.previouslyApplied,
    author: facts.commit?.author ?? null,
    subject: facts.commit?.subject ?? null,
    changes: changes.slice(0, MAX_RECORDED).map(({ resource, action }) => ({ resource, action })),
    changeCount: changes.length,
    served: facts.requests.map((request) => request.id),
    errors: errors.slice(0, MAX_RECORDED),
  };
}

function statusOf(applied: boolean, errors: readonly ErrorRecord[], changes: number): SyncRecord['status'] {
  if (!applied) return errors[0]?.code === 'prune_blocked' || errors[0]?.code === 'plan_changed' ? 'blocked' : 'failed';
  if (errors.length > 0) return 'partial';
  return changes === 0 ? 'unchanged' : 'applied';
}

/**
 * The newest revision that was applied, if only in part; null when none was. Of one that was refused (unverified, blocked,
 * broken) nothing may be used.
 */
export async function lastApplied(syncs: Syncs, repositoryId: string): Promise<string | null> {
  let after: string | undefined;
  for (;;) {
    const [record] = await syncs.list(repositoryId, 1, after);
    if (record === undefined) return null;
    if (record.status !== 'failed' && record.status !== 'blocked') return record.attemptedRevision;
    after = record.id;
  }
}
