import { Type } from 'typebox';
import { OneOf, Strict } from '../../crds/common.ts';
import { RUN_STATUSES } from '../../crds/index.ts';
import { findResource } from '../access/find.ts';
import { pageQuery } from '../paging/page.ts';
import { route, type Route } from '../route.ts';
import { cancelRun } from '../runs/cancel.ts';
import { findRun } from '../runs/find.ts';
import { listRuns } from '../runs/list.ts';
import { RunView, runView, TRIGGERS } from '../views/run.ts';
import { idParams, IdOrName, RunId, TimeFilter, Workspace, WorkspaceFilter, workspaceQuery } from './schemas.ts';

const filters = {
  status: Type.Optional(
    Type.Array(OneOf(RUN_STATUSES), { description: 'Only these; several are separated by commas.', maxItems: 5 }),
  ),
  triggered_by: Type.Optional(OneOf(TRIGGERS, { description: 'Only runs started this way.' })),
  from: TimeFilter('Created at or after this time.'),
  to: TimeFilter('Created before this time.'),
};

/** A run under its own path, under `/pipelines/runs`, and under its pipeline. */
export const runPaths = (suffix = '') => ({
  path: `/runs/{run_id}${suffix}`,
  aliases: [`/pipelines/runs/{run_id}${suffix}`, `/pipelines/{id}/runs/{run_id}${suffix}`],
  params: Type.Object({ run_id: RunId, id: Type.Optional(IdOrName('pipeline')) }),
});

const listAll = route({
  id: 'listRuns',
  method: 'GET',
  path: '/runs',
  scope: 'read',
  tag: 'Runs',
  summary: 'List runs',
  description: 'Newest first.',
  query: Strict({
    ...filters,
    pipeline: Type.Optional(IdOrName('pipeline')),
    pipeline_id: Type.Optional(IdOrName('pipeline')),
    workspace: WorkspaceFilter,
    ...pageQuery,
  }),
  answer: { form: 'list', schema: RunView, total: true },
  errors: ['not_found'],
  examples: [{ title: 'What failed lately', path: '/runs?status=failed&limit=20' }],
  handler: async ({ query, caller }, deps) => {
    const { pipeline, pipeline_id: pipelineId, ...rest } = query;
    const name = pipeline ?? pipelineId;
    if (name === undefined) return listRuns(deps, caller, rest);
    const stored = await findResource(deps, caller, 'Pipeline', name, query.workspace);
    return listRuns(deps, caller, rest, stored.id);
  },
});

const listOfPipeline = route({
  id: 'listPipelineRuns',
  method: 'GET',
  path: '/pipelines/{id}/runs',
  scope: 'read',
  tag: 'Runs',
  summary: 'List the runs of a pipeline',
  description: 'Newest first.',
  params: idParams('pipeline'),
  query: Strict({ ...filters, workspace: Workspace, ...pageQuery }),
  answer: { form: 'list', schema: RunView, total: true },
  errors: ['not_found'],
  examples: [{ title: 'The last ten', path: '/pipelines/orders/runs?limit=10' }],
  handler: async ({ params, query, caller }, deps) => {
    const stored = await findResource(deps, caller, 'Pipeline', params.id, query.workspace);
    return listRuns(deps, caller, query, stored.id);
  },
});

const get = route({
  id: 'getRun',
  method: 'GET',
  ...runPaths(),
  scope: 'read',
  tag: 'Runs',
  summary: 'Get a run',
  query: workspaceQuery,
  answer: { form: 'object', schema: RunView },
  errors: ['not_found'],
  examples: [{ title: 'One run', path: '/runs/run_01k9x2m4c7r8t5v6w1y3z0a2b4' }],
  handler: async ({ params, query, caller }, deps) =>
    runView(await findRun(deps, caller, params, query.workspace), deps.dataDir, deps.clock()),
});

const cancel = route({
  id: 'cancelRun',
  method: 'POST',
  ...runPaths('/cancel'),
  scope: 'trigger',
  tag: 'Runs',
  summary: 'Cancel a run',
  description:
    'A pending run ends at once. A running one is asked to stop, and the answer waits some seconds for it: `status` says whether it has. Cancelling again answers the same; a run that ended otherwise gives 409.',
  query: workspaceQuery,
  answer: { form: 'object', schema: RunView },
  errors: ['not_found', 'conflict'],
  examples: [{ title: 'Stop it', path: '/runs/run_01k9x2m4c7r8t5v6w1y3z0a2b4/cancel' }],
  handler: async ({ params, query, caller, signal }, deps) => {
    const { id } = await findRun(deps, caller, params, query.workspace);
    return runView(await cancelRun(deps, caller, id, signal), deps.dataDir, deps.clock());
  },
});

/** The list of a pipeline stands before `/pipelines/runs/{run_id}`: a pipeline may be called `runs`, no run can. */
export const runRoutes: readonly Route[] = [listAll, listOfPipeline, get, cancel];
