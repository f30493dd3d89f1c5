import { Type, type Static } from 'typebox';
import { MapOf, Strict } from '../../crds/common.ts';
import type { TriggeredBy } from '../../store/ports.ts';
import { findResource } from '../access/find.ts';
import type { RouteDeps } from '../deps.ts';
import { route, type Route, type RouteRequest } from '../route.ts';
import { createRun } from '../runs/create.ts';
import { RunView, runView } from '../views/run.ts';
import { idParams, workspaceQuery } from './schemas.ts';
import { idempotencyKey } from '../http/idempotency.ts';

export const RunRequest = Strict(
  {
    full_refresh: Type.Boolean({ description: 'Ignore the incremental state and read everything.', default: false }),
    dry_run: Type.Boolean({
      description: 'Validate, connect, read a sample and show what would come; write nothing.',
      default: false,
    }),
    variables: MapOf(
      Type.Union([Type.String({ maxLength: 4096 }), Type.Number(), Type.Boolean()], {
        description: 'Numbers and booleans are taken as their text.',
      }),
      {
        description: "Override the pipeline's variables for this run.",
        maxProperties: 100,
        propertyNames: { pattern: '^[A-Za-z_][A-Za-z0-9_]*$' },
        default: {},
      },
    ),
  },
  { title: 'RunRequest' },
);

type WishRequest = RouteRequest<{ id: string }, { workspace?: string }, Static<typeof RunRequest> | undefined>;

const shared = {
  method: 'POST',
  scope: 'trigger',
  tag: 'Runs',
  params: idParams('pipeline'),
  query: workspaceQuery,
  body: RunRequest,
  bodyOptional: true,
  headers: { 'Idempotency-Key': 'Repeating the request with the same key within 24 hours answers with the same run.' },
  answer: { form: 'object', schema: RunView, status: 202 },
  errors: ['not_found', 'conflict', 'idempotency_key_reused', 'rate_limited'],
} as const;

const DESCRIPTION =
  'Records the wish and answers at once; follow the run under `Location`. A paused pipeline and a stream start nothing: 409.';

const runPipeline = route({
  ...shared,
  id: 'runPipeline',
  sdk: false,
  path: '/pipelines/{id}/run',
  summary: 'Start a run by hand',
  description: `${DESCRIPTION} \`triggered_by\` is \`manual\`.`,
  examples: [{ title: 'Run now', path: '/pipelines/orders/run', body: { full_refresh: false } }],
  handler: (request, deps) => start(request, deps, 'manual'),
});

const createPipelineRun = route({
  ...shared,
  id: 'createPipelineRun',
  sdk: 'pipelines.run',
  path: '/pipelines/{id}/runs',
  summary: 'Start a run from a program',
  description: `${DESCRIPTION} \`triggered_by\` is \`api\`, or \`manual\` when the \`headgate\` command asks.`,
  examples: [
    {
      title: 'Everything anew, for one region',
      path: '/pipelines/orders/runs',
      body: { full_refresh: true, variables: { REGION: 'eu' } },
    },
  ],
  handler: (request, deps) =>
    start(request, deps, request.header('user-agent')?.startsWith('headgate-cli') === true ? 'manual' : 'api'),
});

async function start(request: WishRequest, deps: RouteDeps, triggeredBy: TriggeredBy): Promise<RunView> {
  const { params, query, body, caller } = request;
  const stored = await findResource(deps, caller, 'Pipeline', params.id, query.workspace);
  const variables = Object.fromEntries(
    Object.entries(body?.variables ?? {}).map(([name, value]) => [name, `${value}`]),
  );
  const { run, created } = await createRun(deps, caller, stored, {
    fullRefresh: body?.full_refresh ?? false,
    dryRun: body?.dry_run ?? false,
    variables,
    triggeredBy,
    key: idempotencyKey(request),
  });
  request.setHeader('Location', request.href(`/runs/${run.id}`));
  if (!created) request.setHeader('Idempotent-Replayed', 'true');
  return runView(run, deps.dataDir, deps.clock());
}

export const runWishRoutes: readonly Route[] = [runPipeline, createPipelineRun];
