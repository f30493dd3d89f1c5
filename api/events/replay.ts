import { HeadgateError } from '../../foundation/errors.ts';
import { contentHash, derivedId, newId } from '../../foundation/ids.ts';
import { refOf } from '../../crds/index.ts';
import type { StoredResource } from '../../controller/ports.ts';
import type { ReplayJob, ReplaySelection } from '../../store/event-ports.ts';
import type { TokenRecord } from '../../store/ports.ts';
import type { RouteDeps } from '../deps.ts';
import { demandStream } from './accepts.ts';

/** Replays of one pipeline that have not ended. */
export const MAX_OPEN_REPLAYS = 10;
export const DEFAULT_REPLAY_RATE = 1000;
export const MAX_REPLAY_RATE = 100_000;

const DAY = 86_400_000;

export interface ReplayWish {
  /** The end of a window may lie in the future: what comes after the wish is not replayed. */
  readonly selection: ReplaySelection;
  readonly eventsPerSecond: number;
  /** The client's `Idempotency-Key`. */
  readonly key?: string;
}

/**
 * Records the wish for a replay. Under the same key, token and pipeline the first one is answered again for 24 hours;
 * another wish under it is `idempotency_key_reused`. Throws `conflict` while `MAX_OPEN_REPLAYS` of the pipeline are open.
 */
export async function createReplay(
  deps: RouteDeps,
  token: TokenRecord,
  pipeline: StoredResource<'Pipeline'>,
  wish: ReplayWish,
): Promise<{ readonly job: ReplayJob; readonly created: boolean }> {
  const now = deps.clock();
  const earlier = wish.key === undefined ? null : await findEarlier(deps, token, pipeline.id, wish.key, now);
  if (earlier !== null) return { job: sameWish(earlier, wish), created: false };
  await demandStream(deps, pipeline);
  const open = await deps.store.events.openReplays(pipeline.id);
  if (open.length >= MAX_OPEN_REPLAYS) {
    const { name } = pipeline.resource.metadata;
    throw new HeadgateError('conflict', `${open.length} replays of '${name}' have not ended yet`, {
      hint: 'wait for them, or cancel some: GET /v1/pipelines/{id}/replays lists them',
    });
  }
  const job = await deps.store.events.createReplay({
    id: wish.key === undefined ? newId('rpl') : keyedId(token, pipeline.id, wish.key, dayOf(now)),
    pipelineId: pipeline.id,
    selection: until(wish.selection, now),
    eventsPerSecond: wish.eventsPerSecond,
    createdBy: token.name,
    createdAt: now,
  });
  deps.controller.wake(refOf(pipeline.resource));
  return { job: sameWish(job, wish), created: true };
}

/** 24 hours touch two days at most, so that looking under both finds every replay that is young enough. */
async function findEarlier(
  deps: RouteDeps,
  token: TokenRecord,
  pipelineId: string,
  key: string,
  now: number,
): Promise<ReplayJob | null> {
  for (const day of [dayOf(now), dayOf(now) - 1]) {
    const job = await deps.store.events.replay(keyedId(token, pipelineId, key, day));
    if (job !== null && now - job.createdAt < DAY) return job;
  }
  return null;
}

function keyedId(token: TokenRecord, pipelineId: string, key: string, day: number): string {
  return derivedId('rpl', token.id, pipelineId, String(day), key);
}

function dayOf(now: number): number {
  return Math.floor(now / DAY);
}

function until(selection: ReplaySelection, now: number): ReplaySelection {
  return selection.kind === 'window' ? { ...selection, to: Math.min(selection.to, now) } : selection;
}

function sameWish(job: ReplayJob, wish: ReplayWish): ReplayJob {
  const what = ({ selection, eventsPerSecond }: Pick<ReplayJob, 'selection' | 'eventsPerSecond'>): string =>
    contentHash({ selection: until(selection, job.createdAt), eventsPerSecond });
  if (what(job) === what(wish)) return job;
  throw new HeadgateError('idempotency_key_reused', `the key was used for ${job.id}, which was asked for differently`);
}
