import { newId, resourceId } from '../../foundation/ids.ts';
import type { LogLine, NewRun, RunOutcome, RunRecord, Store } from '../../store/ports.ts';

/** Records of runs as schedule, controller and runner leave them in the store. */

export async function addRun(store: Store, wish: Partial<NewRun> = {}): Promise<RunRecord> {
  const workspace = wish.workspace ?? 'default';
  const pipeline = wish.pipeline ?? 'orders';
  const { run } = await store.runs.create({
    id: newId('run'),
    workspace,
    pipeline,
    pipelineId: resourceId({ kind: 'Pipeline', namespace: workspace, name: pipeline }),
    triggeredBy: 'schedule',
    fullRefresh: false,
    dryRun: false,
    variables: {},
    createdAt: Date.now(),
    ...wish,
  });
  return run;
}

/** Gives a pending run to a runner. */
export async function startRun(store: Store, id: string, now = Date.now()): Promise<RunRecord> {
  const claim = { runner: 'r1', revision: 'c0ffee', generation: 1, now, leaseUntil: now + 60_000 };
  const run = await store.runs.claim(id, claim);
  if (run === null) throw new Error(`${id} is not pending`);
  return run;
}

export async function finishRun(store: Store, id: string, outcome: Partial<RunOutcome> = {}): Promise<void> {
  const run = await store.runs.get(id);
  const ended = { status: 'success', finishedAt: Date.now(), rowsLoaded: 3, ...outcome } as const;
  if (run === null || !(await store.runs.finish(id, run.attempt, ended))) throw new Error(`${id} is not running`);
}

export function logLines(count: number, from = 0): readonly LogLine[] {
  return Array.from({ length: count }, (_, index) => ({
    at: 1_700_000_000_000 + from + index,
    level: 'info',
    message: `line ${from + index}`,
  }));
}
