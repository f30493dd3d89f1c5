import { HeadgateError } from '../../foundation/errors.ts';
import { contentHash, derivedId, newId } from '../../foundation/ids.ts';
import { refOf } from '../../crds/index.ts';
import { isStream } from '../../controller/is-stream.ts';
import type { StoredResource } from '../../controller/ports.ts';
import type { NewRun, RunRecord, TokenRecord, TriggeredBy } from '../../store/ports.ts';
import type { RouteDeps } from '../deps.ts';
import { pipelineStatus } from '../views/pipeline-status.ts';

export interface RunWish {
  readonly fullRefresh: boolean;
  readonly dryRun: boolean;
  readonly variables: Readonly<Record<string, string>>;
  readonly triggeredBy: TriggeredBy;
  /** The client's `Idempotency-Key`. */
  readonly key?: string;
}

const DAY = 86_400_000;

/**
 * Records the wish for a run and wakes the controller. Under the same key, token and pipeline the first run is answered
 * again for 24 hours; another wish under it is `idempotency_key_reused`. A paused pipeline and a stream start nothing: `conflict`.
 */
export async function createRun(
  deps: RouteDeps,
  token: TokenRecord,
  stored: StoredResource<'Pipeline'>,
  wish: RunWish,
): Promise<{ readonly run: RunRecord; readonly created: boolean }> {
  const now = deps.clock();
  const earlier = wish.key === undefined ? null : await findEarlier(deps, token, stored.id, wish.key, now);
  if (earlier !== null) return { run: sameWish(earlier, wish), created: false };
  refuseStopped(stored);
  await refuseStream(deps, stored);
  await refuseTooMany(deps, stored);
  const ref = refOf(stored.resource);
  const made = await deps.store.runs.create({
    id: wish.key === undefined ? newId('run') : keyedId(token, stored.id, wish.key, dayOf(now)),
    workspace: ref.namespace,
    pipeline: ref.name,
    pipelineId: stored.id,
    triggeredBy: wish.triggeredBy,
    actor: token.name,
    fullRefresh: wish.fullRefresh,
    dryRun: wish.dryRun,
    variables: wish.variables,
    createdAt: now,
  });
  deps.controller.wake(ref);
  return { run: sameWish(made.run, wish), created: made.created };
}

/** 24 hours touch two days at most, so that looking under both finds every run that is young enough. */
async function findEarlier(
  deps: RouteDeps,
  token: TokenRecord,
  pipelineId: string,
  key: string,
  now: number,
): Promise<RunRecord | null> {
  for (const day of [dayOf(now), dayOf(now) - 1]) {
    const run = await deps.store.runs.get(keyedId(token, pipelineId, key, day));
    if (run !== null && now - run.createdAt < DAY) return run;
  }
  return null;
}

function keyedId(token: TokenRecord, pipelineId: string, key: string, day: number): string {
  return derivedId('run', token.id, pipelineId, String(day), key);
}

function dayOf(now: number): number {
  return Math.floor(now / DAY);
}

function sameWish(run: RunRecord, wish: RunWish): RunRecord {
  const what = ({ fullRefresh, dryRun, variables }: RunWish | NewRun): string =>
    contentHash({ fullRefresh, dryRun, variables });
  if (what(run) === what(wish)) return run;
  throw new HeadgateError('idempotency_key_reused', `the key was used for ${run.id}, which was asked for differently`);
}

async function refuseTooMany(deps: RouteDeps, stored: StoredResource<'Pipeline'>): Promise<void> {
  const pending = await deps.store.runs.count({ pipelineId: stored.id, status: ['pending'] });
  if (pending < deps.limits.pendingRuns) return;
  throw new HeadgateError('rate_limited', `${pending} runs of '${stored.resource.metadata.name}' are waiting already`, {
    hint: 'wait for them, or cancel some',
    retryAfter: 10,
    retryable: true,
  });
}

async function refuseStream(deps: RouteDeps, stored: StoredResource<'Pipeline'>): Promise<void> {
  if (!(await isStream(stored, deps.resources))) return;
  const { name } = stored.resource.metadata;
  throw new HeadgateError('conflict', `'${name}' is a stream pipeline: it takes events, and has no runs`, {
    hint: `send it events: \`headgate events send ${name}\` or POST /v1/events; POST /v1/events/replay repeats some`,
  });
}

function refuseStopped(stored: StoredResource<'Pipeline'>): void {
  const { name } = stored.resource.metadata;
  if (stored.deletedAt !== null) throw new HeadgateError('conflict', `'${name}' is being deleted`);
  const status = pipelineStatus(stored);
  if (status === 'paused' || status === 'draining') {
    throw new HeadgateError('conflict', `'${name}' is paused and starts nothing`, {
      hint:
        stored.resource.spec.enabled === false
          ? 'set `enabled: true` in its declaration and commit'
          : `resume it first: \`headgate resume ${name}\` or POST …/resume`,
    });
  }
}
