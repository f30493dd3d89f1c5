import { Type } from 'typebox';
import { Strict } from '../../crds/common.ts';
import { refOf } from '../../crds/index.ts';
import type { StoredResource } from '../../controller/ports.ts';
import { HeadgateError } from '../../foundation/errors.ts';
import { newId, refKey } from '../../foundation/ids.ts';
import { findResource, listResources } from '../access/find.ts';
import { demandScope } from '../middleware/authorize.ts';
import { pageByKey } from '../paging/keyed.ts';
import { cursorQuery, pageQuery, windowOf } from '../paging/page.ts';
import { route, type Route } from '../route.ts';
import { RepositoryView, repositoryView, SyncRequestView, SyncView, syncView } from '../views/repository.ts';
import { idParams, Workspace, WorkspaceFilter, workspaceQuery } from './schemas.ts';

const list = route({
  id: 'listRepositories',
  method: 'GET',
  path: '/repositories',
  scope: 'read',
  tag: 'Repositories',
  summary: 'List repositories',
  query: Strict({ workspace: WorkspaceFilter, ...pageQuery }),
  answer: { form: 'list', schema: RepositoryView, total: true },
  examples: [{ title: 'All', path: '/repositories' }],
  handler: async ({ query, caller }, deps) => {
    const { workspace, ...paging } = query;
    const visible = await listResources(deps, caller, 'Repository', workspace);
    const bound = { workspace, workspaces: caller.workspaces };
    const keyOf = (stored: StoredResource<'Repository'>): string => refKey(refOf(stored.resource));
    const page = pageByKey(visible, keyOf, windowOf(paging), deps.cursors, 'repositories', bound);
    const requests = await deps.store.syncs.requests();
    return { ...page, items: page.items.map((stored) => repositoryView(stored, requests)) };
  },
});

const get = route({
  id: 'getRepository',
  method: 'GET',
  path: '/repositories/{id}',
  scope: 'read',
  tag: 'Repositories',
  summary: 'Get a repository',
  params: idParams('repository'),
  query: workspaceQuery,
  answer: { form: 'object', schema: RepositoryView },
  errors: ['not_found'],
  examples: [{ title: 'By name', path: '/repositories/main' }],
  handler: async ({ params, query, caller }, deps) => {
    const stored = await findResource(deps, caller, 'Repository', params.id, query.workspace);
    return repositoryView(stored, await deps.store.syncs.requests());
  },
});

const sync = route({
  id: 'syncRepository',
  method: 'POST',
  path: '/repositories/{id}/sync',
  scope: 'trigger',
  tag: 'Repositories',
  summary: 'Sync a repository now',
  description:
    'Records the wish and answers at once. `allow_prune` consents to a revision that deletes much, and needs the scope `write`. With `plan_hash` only the plan with this hash is applied.',
  params: idParams('repository'),
  query: workspaceQuery,
  body: Strict(
    {
      allow_prune: Type.Boolean({ description: 'Consent to the deletion of much.', default: false }),
      plan_hash: Type.Optional(
        Type.String({ description: '`hash` of the plan that was approved.', pattern: '^[0-9a-f]{64}$' }),
      ),
    },
    { title: 'SyncWish' },
  ),
  bodyOptional: true,
  answer: { form: 'object', schema: SyncRequestView, status: 202 },
  errors: ['not_found', 'conflict'],
  examples: [{ title: 'Allow the deletions', path: '/repositories/main/sync', body: { allow_prune: true } }],
  handler: async ({ params, query, body, caller }, deps) => {
    const allowPrune = body?.allow_prune ?? false;
    if (allowPrune) demandScope(caller, 'write');
    const stored = await findResource(deps, caller, 'Repository', params.id, query.workspace);
    refuseStill(stored, deps.environment);
    const waiting = (await deps.store.syncs.requests()).filter((other) => other.repositoryId === stored.id);
    if (waiting.length >= deps.limits.pendingSyncs) {
      throw new HeadgateError('rate_limited', `${waiting.length} requests for a sync are waiting already`, {
        retryAfter: 10,
        retryable: true,
      });
    }
    const planHash = body?.plan_hash;
    const request = {
      id: newId('sr'),
      repositoryId: stored.id,
      by: caller.name,
      allowPrune,
      ...(planHash === undefined ? {} : { planHash }),
      requestedAt: deps.clock(),
    };
    await deps.store.syncs.request(request);
    deps.controller.wake(refOf(stored.resource));
    return {
      id: request.id,
      repository_id: stored.id,
      status: 'pending' as const,
      allow_prune: allowPrune,
      plan_hash: planHash ?? null,
      requested_by: caller.name,
      created_at: new Date(request.requestedAt).toISOString(),
    };
  },
});

const syncs = route({
  id: 'listSyncs',
  method: 'GET',
  path: '/repositories/{id}/syncs',
  scope: 'read',
  tag: 'Repositories',
  summary: 'List syncs',
  description: 'Newest first: revision, author, changes, and errors by file and line.',
  params: idParams('repository'),
  query: Strict({ workspace: Workspace, ...cursorQuery }),
  answer: { form: 'list', schema: SyncView, total: false },
  errors: ['not_found'],
  examples: [{ title: 'The last one', path: '/repositories/main/syncs?limit=1' }],
  handler: async ({ params, query, caller }, deps) => {
    const { workspace, ...paging } = query;
    const stored = await findResource(deps, caller, 'Repository', params.id, workspace);
    const window = windowOf(paging);
    const cursor = window.by === 'cursor' ? window.cursor : null;
    const after = cursor === null ? undefined : String(deps.cursors.decode('syncs', stored.id, cursor)['id']);
    const found = await deps.store.syncs.list(stored.id, window.limit + 1, after);
    const shown = found.slice(0, window.limit);
    const more = found.length > shown.length;
    return {
      items: shown.map((record) => syncView(record, caller)),
      total: null,
      nextCursor: more ? deps.cursors.encode('syncs', stored.id, { id: shown.at(-1)!.id }) : null,
      window,
    };
  },
});

/** A sync that nobody will do is not promised. */
function refuseStill(stored: StoredResource<'Repository'>, here: string): void {
  const { metadata, spec } = stored.resource;
  const declared = stored.origin.file ?? 'its declaration';
  if (stored.deletedAt !== null) throw new HeadgateError('conflict', `'${metadata.name}' is being deleted`);
  if (spec.suspend === true) {
    throw new HeadgateError('conflict', `'${metadata.name}' is suspended`, {
      hint: `set \`suspend: false\` in ${declared} and commit`,
    });
  }
  if (spec.environment !== undefined && spec.environment !== here) {
    const message = `'${metadata.name}' is for the environment '${spec.environment}'; this is '${here}'`;
    throw new HeadgateError('conflict', message, { hint: 'ask the server of that environment' });
  }
}

export const repositoryRoutes: readonly Route[] = [list, get, sync, syncs];
