import { HeadgateError } from '../../foundation/errors.ts';
import type { RunRecord, TokenRecord } from '../../store/ports.ts';
import { maySee } from '../access/find.ts';
import type { RouteDeps } from '../deps.ts';

const RUN_ID = /^run_[0-9a-z]{1,64}$/;

/**
 * The run with this id; where the path names a pipeline too, it must be one of that. Throws `not_found`, also for runs of
 * workspaces that the token may not see.
 */
export async function findRun(
  deps: RouteDeps,
  token: TokenRecord,
  params: { readonly run_id: string; readonly id?: string },
  workspace?: string,
): Promise<RunRecord> {
  const run = RUN_ID.test(params.run_id) ? await deps.store.runs.get(params.run_id) : null;
  if (run === null || !maySee(token, run.workspace)) throw noSuchRun(params.run_id);
  const { id } = params;
  const isNamed = id === run.pipeline && (workspace ?? run.workspace) === run.workspace;
  if (id !== undefined && id !== run.pipelineId && !isNamed) throw noSuchRun(params.run_id);
  return run;
}

export function noSuchRun(id: string): HeadgateError {
  return new HeadgateError('not_found', `there is no run '${id.slice(0, 100)}'`, {
    hint: 'list runs with `headgate runs` or GET /v1/runs; old ones are removed after `history.runs` of their pipeline',
  });
}
