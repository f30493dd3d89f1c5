import type { EventControl } from '../../event-ports.ts';
import type { Database } from '../database.ts';
import { offsetIn, type Blocks } from './blocks.ts';
import type { EventFiles } from './files.ts';
import { committedOf } from './readers.ts';

/** Dead letters that one transaction resolves. */
const DISCARD_AT_ONCE = 2000;

export interface FateRow {
  readonly offset: number;
  readonly status: 'failed' | 'cancelled' | null;
  readonly at: number | null;
  readonly attempts: number | null;
  readonly error: string | null;
  readonly cancelled_by: string | null;
  readonly retried_by: string | null;
  readonly resolved_at: number | null;
}

/** Cancelling, retrying and discarding: what people decide about an event. */
export function fates(
  { log, delivery }: EventFiles,
  blocks: Blocks,
  notify: (pipelineId: string) => void,
): Pick<EventControl, 'cancel' | 'retried' | 'discard'> {
  const committed = committedOf(delivery);
  const status = delivery.prepare<{ status: FateRow['status'] }>(
    'SELECT status FROM fates WHERE pipeline = $pipelineId AND offset = $offset',
  );
  const cancel = delivery.prepare(
    `INSERT INTO fates (pipeline, offset, status, at, cancelled_by) VALUES ($pipelineId, $offset, 'cancelled', $now, $by)
     ON CONFLICT DO UPDATE SET status = 'cancelled', at = $now, cancelled_by = $by`,
  );
  const retry = delivery.prepare(
    `INSERT INTO fates (pipeline, offset, retried_by) VALUES ($pipelineId, $offset, $by)
     ON CONFLICT DO UPDATE SET retried_by = $by,
       resolved_at = CASE WHEN status = 'failed' THEN coalesce(resolved_at, $now) END`,
  );
  const resolve = resolveFate(delivery);
  const resolveSome = delivery.prepare(
    `UPDATE fates SET resolved_at = $now WHERE pipeline = $pipelineId AND offset IN
       (SELECT offset FROM fates INDEXED BY fates_unresolved
        WHERE pipeline = $pipelineId AND status = 'failed' AND resolved_at IS NULL LIMIT ${DISCARD_AT_ONCE})`,
  );
  const placeOf = (id: string): Promise<{ pipelineId: string; offset: number } | null> =>
    log.read(() => {
      const place = blocks.find(id);
      return place === undefined ? null : { pipelineId: place.pipeline.id, offset: place.offset };
    });

  return {
    cancel: async (id, by, now) => {
      const place = await placeOf(id);
      if (place === null) return null;
      const { pipelineId, offset } = place;
      const done = await delivery.write(() => {
        if (status.get({ pipelineId, offset })?.status === 'cancelled') return true;
        if (offset < committed(pipelineId)) return false;
        cancel.run({ pipelineId, offset, now, by });
        return true;
      });
      if (done) notify(pipelineId);
      return done;
    },

    retried: async (id, by, now) => {
      const place = await placeOf(id);
      if (place !== null) await delivery.write(() => void retry.run({ ...place, by, now }));
    },

    discard: async (pipelineId, ids, now) => {
      if (ids === null) {
        let all = 0;
        for (;;) {
          const some = await delivery.write(() => resolveSome.run({ pipelineId, now }));
          all += some;
          if (some < DISCARD_AT_ONCE) return all;
        }
      }
      const kept = await log.read(() =>
        ids.filter((id) => offsetIn(pipelineId, id) !== null && blocks.find(id)?.pipeline.id === pipelineId),
      );
      return delivery.write(() =>
        kept.reduce((count, id) => count + resolve(pipelineId, offsetIn(pipelineId, id)!, now), 0),
      );
    },
  };
}

/** Pipelines that have fates: one step in the index for each of them, however many fates there are. */
export function pipelinesWithFates(delivery: Database): () => readonly string[] {
  const all = delivery.prepare<{ id: string }>(
    `WITH RECURSIVE found (id) AS (
       SELECT min(pipeline) FROM fates
       UNION ALL SELECT (SELECT min(pipeline) FROM fates WHERE pipeline > id) FROM found WHERE id IS NOT NULL
     ) SELECT id FROM found WHERE id IS NOT NULL`,
  );
  return () => all.all().map(({ id }) => id);
}

/** Resolves one dead letter; answers 1, or 0 when it is none or resolved already. Used within transactions. */
export function resolveFate(delivery: Database): (pipelineId: string, offset: number, now: number) => number {
  const resolve = delivery.prepare(
    `UPDATE fates SET resolved_at = $now
     WHERE pipeline = $pipelineId AND offset = $offset AND status = 'failed' AND resolved_at IS NULL`,
  );
  return (pipelineId, offset, now) => resolve.run({ pipelineId, offset, now });
}
