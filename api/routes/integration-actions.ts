import { Type } from 'typebox';
import { Strict } from '../../crds/common.ts';
import { findResource } from '../access/find.ts';
import { idempotencyKey } from '../http/idempotency.ts';
import { regenerateKey } from '../integrations/inbound-key.ts';
import { syncConnection } from '../integrations/sync.ts';
import { route, type Route } from '../route.ts';
import { CheckView, InboundKeyView, IntegrationSyncView } from '../views/integration-actions.ts';
import { errorView } from '../views/error.ts';
import { runView } from '../views/run.ts';
import { IdOrName, idParams, workspaceQuery } from './schemas.ts';
import { RunRequest } from './run-wishes.ts';

const shared = {
  method: 'POST',
  tag: 'Integrations',
  params: idParams('integration'),
  query: workspaceQuery,
} as const;

const check = route({
  ...shared,
  id: 'checkIntegration',
  sdk: 'integrations.check',
  path: '/integrations/{id}/check',
  scope: 'trigger',
  summary: 'Check an integration',
  description:
    'Whether its service can be reached with these settings, asked in a runner, where secrets have their values; a disabled one, too. Settings with `${var:…}` have values in pipelines only, which is what the answer says then. That it cannot is an answer (`ok: false`). Takes 30 seconds at most; four at a time, then 503.',
  answer: { form: 'object', schema: CheckView },
  errors: ['not_found', 'unavailable', 'runner_lost'],
  examples: [{ title: 'Can it connect?', path: '/integrations/shop-postgres/check' }],
  handler: async ({ params, query, caller, signal }, deps) => {
    const stored = await findResource(deps, caller, 'Connection', params.id, query.workspace);
    const { ok, message, streams } = await deps.controller.check(stored.id, signal);
    return { id: stored.id, ok, message, streams: streams === undefined ? null : [...streams] };
  },
});

const sync = route({
  ...shared,
  id: 'syncIntegration',
  sdk: 'integrations.sync',
  path: '/integrations/{id}/sync',
  scope: 'trigger',
  summary: 'Run the pipelines of an integration',
  description:
    'Starts a run of each pipeline that reads from it; where none does, of each that writes to it. `pipelines` chooses among all of them. Stream pipelines run all the time and have no runs: they stand in `skipped`, as do paused ones and those with too many runs waiting. When nothing could be started, and not for streams alone, the answer is the reason; a disabled integration is a 409. `triggered_by` is `api`.',
  body: Strict(
    {
      pipelines: Type.Optional(
        Type.Array(IdOrName('pipeline'), {
          description: 'Only these.',
          minItems: 1,
          maxItems: 1000,
          uniqueItems: true,
        }),
      ),
      full_refresh: RunRequest.properties.full_refresh,
      variables: RunRequest.properties.variables,
    },
    { title: 'IntegrationSyncRequest' },
  ),
  bodyOptional: true,
  headers: { 'Idempotency-Key': 'Repeating the request with the same key within 24 hours answers with the same runs.' },
  answer: { form: 'object', schema: IntegrationSyncView, status: 202 },
  errors: ['not_found', 'conflict', 'idempotency_key_reused', 'rate_limited'],
  examples: [{ title: 'Everything anew', path: '/integrations/shop-postgres/sync', body: { full_refresh: true } }],
  handler: async (request, deps) => {
    const { params, query, caller, body } = request;
    const stored = await findResource(deps, caller, 'Connection', params.id, query.workspace);
    const variables = Object.fromEntries(
      Object.entries(body?.variables ?? {}).map(([name, value]) => [name, `${value}`]),
    );
    const { runs, skipped } = await syncConnection(deps, caller, stored, {
      fullRefresh: body?.full_refresh ?? false,
      dryRun: false,
      variables,
      triggeredBy: 'api',
      key: idempotencyKey(request),
      ...(body?.pipelines === undefined ? {} : { pipelines: body.pipelines }),
    });
    const now = deps.clock();
    return {
      id: stored.id,
      runs: runs.map((run) => runView(run, deps.dataDir, now)),
      skipped: skipped.map(({ pipeline, error }) => ({
        pipeline_id: pipeline.id,
        pipeline: pipeline.resource.metadata.name,
        error: errorView(error),
      })),
    };
  },
});

const regenerate = route({
  ...shared,
  id: 'regenerateIntegrationKey',
  sdk: 'integrations.regenerateKey',
  path: '/integrations/{id}/regenerate-key',
  scope: 'write',
  summary: 'Make a new inbound key',
  description:
    'For custom integrations, whose events are sent here (services `events` and `webhook`): a token for `POST /integrations/{id}/events`, and for nothing else but events of this integration. It is shown this once. The key of before is dead, on every server, once this is answered.',
  answer: { form: 'object', schema: InboundKeyView, status: 201 },
  errors: ['not_found', 'conflict'],
  examples: [{ title: 'A new key', path: '/integrations/payments/regenerate-key' }],
  handler: async ({ params, query, caller, href }, deps) => {
    const stored = await findResource(deps, caller, 'Connection', params.id, query.workspace);
    const key = await regenerateKey(deps, stored);
    return { id: stored.id, key, events_path: href(`/integrations/${stored.id}/events`) };
  },
});

export const integrationActionRoutes: readonly Route[] = [check, sync, regenerate];
