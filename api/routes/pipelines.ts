import { Type } from 'typebox';
import { HeadgateError } from '../../foundation/errors.ts';
import { OneOf, Strict } from '../../crds/common.ts';
import { PAUSED_ANNOTATION, PIPELINE_PHASES, refOf } from '../../crds/index.ts';
import type { StoredResource } from '../../controller/ports.ts';
import { findResource } from '../access/find.ts';
import { listPipelines } from '../pipelines/list.ts';
import { showPipeline } from '../pipelines/show.ts';
import type { RouteDeps } from '../deps.ts';
import { pageQuery } from '../paging/page.ts';
import { route, type Route } from '../route.ts';
import { PipelineView } from '../views/pipeline.ts';
import { isDisabled } from '../views/pipeline-status.ts';
import { etagOf } from '../writes/precondition.ts';
import { idParams, WorkspaceFilter, workspaceQuery } from './schemas.ts';

const Domain = Type.Optional(
  Type.String({ description: 'Only those with this label `headgate.dev/domain`.', maxLength: 63 }),
);

const list = route({
  id: 'listPipelines',
  method: 'GET',
  path: '/pipelines',
  scope: 'read',
  tag: 'Pipelines',
  summary: 'List pipelines',
  description: 'In the order of workspace and name, without their `config`.',
  query: Strict({
    status: Type.Optional(
      Type.Array(OneOf(PIPELINE_PHASES), { description: 'Only these; several are separated by commas.', maxItems: 4 }),
    ),
    workspace: WorkspaceFilter,
    q: Type.Optional(Type.String({ description: 'Text in name, title or description.', minLength: 1, maxLength: 256 })),
    enabled: Type.Optional(Type.Boolean({ description: 'Whether Git says `enabled`.' })),
    domain: Domain,
    domain_id: Domain,
    ...pageQuery,
  }),
  answer: { form: 'list', schema: PipelineView, total: true },
  examples: [{ title: 'Those that run', path: '/pipelines?status=active&limit=20' }],
  handler: ({ query, caller }, deps) => {
    const { status, workspace, q, enabled, domain, domain_id: domainId, ...paging } = query;
    return listPipelines(deps, caller, { status, workspace, q, enabled, domain: domain ?? domainId }, paging);
  },
});

const get = route({
  id: 'getPipeline',
  method: 'GET',
  path: '/pipelines/{id}',
  scope: 'read',
  tag: 'Pipelines',
  summary: 'Get a pipeline',
  description:
    'With its whole `config`. Secrets are shown as the references that Git holds. The `ETag` is for `If-Match` of an update.',
  params: idParams('pipeline'),
  query: workspaceQuery,
  answer: { form: 'object', schema: PipelineView },
  errors: ['not_found'],
  examples: [{ title: 'By name', path: '/pipelines/orders' }],
  handler: async ({ params, query, caller, setHeader }, deps) => {
    const stored = await findResource(deps, caller, 'Pipeline', params.id, query.workspace);
    setHeader('ETag', etagOf(stored));
    return showPipeline(deps, stored);
  },
});

const pause = route({
  id: 'pausePipeline',
  method: 'POST',
  path: '/pipelines/{id}/pause',
  scope: 'trigger',
  tag: 'Pipelines',
  summary: 'Pause a pipeline',
  description:
    'Nothing starts any more, and what runs is drained. Lasts until it is resumed, whatever is committed meanwhile. Pausing a paused pipeline changes nothing.',
  params: idParams('pipeline'),
  query: workspaceQuery,
  answer: { form: 'object', schema: PipelineView },
  errors: ['not_found', 'conflict'],
  examples: [{ title: 'Pause', path: '/pipelines/orders/pause' }],
  handler: async ({ params, query, caller }, deps) => {
    const stored = await findResource(deps, caller, 'Pipeline', params.id, query.workspace);
    return setPaused(deps, stored, 'true');
  },
});

const resume = route({
  id: 'resumePipeline',
  method: 'POST',
  path: '/pipelines/{id}/resume',
  scope: 'trigger',
  tag: 'Pipelines',
  summary: 'Resume a pipeline',
  description: 'Ends a pause. A pipeline that Git declares with `enabled: false` is resumed in Git.',
  params: idParams('pipeline'),
  query: workspaceQuery,
  answer: { form: 'object', schema: PipelineView },
  errors: ['not_found', 'conflict'],
  examples: [{ title: 'Resume', path: '/pipelines/orders/resume' }],
  handler: async ({ params, query, caller }, deps) => {
    const stored = await findResource(deps, caller, 'Pipeline', params.id, query.workspace);
    if (isDisabled(stored)) {
      throw new HeadgateError('conflict', `'${stored.resource.metadata.name}' is declared with \`enabled: false\``, {
        hint: `set \`enabled: true\` in ${stored.origin.file ?? 'its declaration'} and commit`,
      });
    }
    return setPaused(deps, stored, null);
  },
});

async function setPaused(
  deps: RouteDeps,
  stored: StoredResource<'Pipeline'>,
  value: string | null,
): Promise<PipelineView> {
  const ref = refOf(stored.resource);
  const changed = stored.deletedAt === null ? await deps.resources.annotate(ref, { [PAUSED_ANNOTATION]: value }) : null;
  if (changed === null) {
    throw new HeadgateError('conflict', `'${ref.name}' is being deleted`);
  }
  deps.controller.wake(ref);
  return showPipeline(deps, changed as StoredResource<'Pipeline'>);
}

export const pipelineRoutes: readonly Route[] = [list, get, pause, resume];
