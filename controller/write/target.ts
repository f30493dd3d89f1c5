/** Which repository a change goes to. */
import { HeadgateError } from '../../foundation/errors.ts';
import { refKey, type ResourceRef } from '../../foundation/ids.ts';
import { isKind, refOf } from '../../crds/index.ts';
import type { Resources, StoredResource } from '../ports.ts';
import type { WriteChange, WriteRequest } from './ports.ts';

type StoredRepository = StoredResource<'Repository'>;

/** Null: no repository declares it, so it is applied to the platform itself. */
export type WriteTarget = StoredRepository | null;

/** What a change is about. */
export function refOfChange(change: WriteChange): ResourceRef {
  return change.action === 'delete' ? change.ref : refOf(change.resource);
}

/**
 * Updates and deletes go where the live resource came from. New resources go to the repository that is asked for, or where
 * the other changes go, or to the only one that can be written to: of their workspace, else of the installation.
 * Throws `not_found`, `conflict` when the repository may not be written to, `invalid_request` when it is not clear which one.
 */
export async function chooseTarget(
  request: WriteRequest,
  resources: Resources,
  environment: string,
): Promise<WriteTarget> {
  const repositories = (await resources.list({ kind: 'Repository' })).filter((stored) => stored.deletedAt === null);
  const targets = new Map<string, WriteTarget>();
  for (const change of request.changes.filter(({ action }) => action !== 'create')) {
    const target = await origin(refOfChange(change), resources, repositories);
    targets.set(target?.id ?? 'none', target);
  }
  const created = request.changes.filter(({ action }) => action === 'create');
  if (request.repositoryId !== undefined && created.length > 0) {
    const asked = repositories.find(({ id }) => id === request.repositoryId);
    if (asked === undefined) throw new HeadgateError('not_found', `there is no repository ${request.repositoryId}`);
    targets.set(asked.id, asked);
  } else if (targets.size === 0) {
    for (const change of created) {
      const target = writable(refOfChange(change).namespace, repositories, environment);
      targets.set(target?.id ?? 'none', target);
    }
  }
  const [target = null, ...others] = targets.values();
  if (others.length > 0) {
    throw new HeadgateError('invalid_request', 'the changes belong to several repositories, and one commit cannot', {
      hint: 'make one request for each repository',
    });
  }
  if (target !== null) refuseUnlessWritable(target, environment, await declaredIn(request, resources));
  return target;
}

/** Where a live resource came from. What a repository left behind when it went belongs to nobody, as in a sync. */
async function origin(
  ref: ResourceRef,
  resources: Resources,
  repositories: readonly StoredRepository[],
): Promise<WriteTarget> {
  const live = await resources.get(ref);
  if (live === null || live.deletedAt !== null) {
    throw new HeadgateError('not_found', `there is no ${refKey(ref)}`);
  }
  return repositories.find(({ id }) => id === live.origin.repositoryId) ?? null;
}

function writable(workspace: string, repositories: readonly StoredRepository[], environment: string): WriteTarget {
  if (repositories.length === 0) return null;
  const open = repositories.filter((stored) => reasonAgainst(stored, environment) === null);
  const near = open.filter(({ resource }) => resource.metadata.namespace === workspace);
  const [only, ...others] = near.length > 0 ? near : open;
  if (only === undefined) {
    const [first] = repositories;
    if (repositories.length === 1) refuseUnlessWritable(first!, environment, null);
    throw new HeadgateError('conflict', `none of the ${repositories.length} repositories can be written to`, {
      hint: 'declare the resource in Git, or set `writeBack: commit` for one of them',
    });
  }
  if (others.length > 0) {
    const names = [only, ...others].map(({ resource }) => refKey(refOf(resource))).join(', ');
    throw new HeadgateError('invalid_request', `several repositories can be written to: ${names}`, {
      hint: 'say which one with its id',
    });
  }
  return only;
}

async function declaredIn(request: WriteRequest, resources: Resources): Promise<string | null> {
  for (const change of request.changes) {
    const live = change.action === 'create' ? null : await resources.get(refOfChange(change));
    if (live?.origin.file != null) return `${live.origin.file}:${live.origin.line ?? 1}`;
  }
  return null;
}

function refuseUnlessWritable(stored: StoredRepository, environment: string, at: string | null): void {
  const against = reasonAgainst(stored, environment);
  if (against === null) return;
  const { message, hint } = against;
  const where = at === null ? '' : `; it is declared in ${at}`;
  throw new HeadgateError('conflict', `${refKey(refOf(stored.resource))} ${message}`, {
    hint: `${hint}${where}`,
    ...(at === null ? {} : { at }),
  });
}

function reasonAgainst(stored: StoredRepository, environment: string): { message: string; hint: string } | null {
  const { spec } = stored.resource;
  if (spec.environment !== undefined && spec.environment !== environment) {
    const message = `is for environment '${spec.environment}', and this is '${environment}'`;
    return { message, hint: 'ask the installation of that environment' };
  }
  if (spec.suspend === true) {
    return { message: 'is suspended', hint: 'remove `spec.suspend`; a change would not be synced' };
  }
  if ((spec.writeBack ?? 'deny') === 'deny') {
    const message = 'takes no changes through the API (`writeBack: deny`)';
    return { message, hint: 'open a pull request in the repository, or allow it with `writeBack`' };
  }
  return null;
}

/** The Repository as it is now, for the work that begins when its turn has come. */
export async function freshTarget(id: string, resources: Resources, environment: string): Promise<StoredRepository> {
  const stored = await resources.getById(id);
  if (stored === null || stored.deletedAt !== null || !isKind('Repository', stored.resource)) {
    throw new HeadgateError('not_found', `there is no repository ${id}`);
  }
  const repository = stored as StoredRepository;
  refuseUnlessWritable(repository, environment, null);
  return repository;
}
