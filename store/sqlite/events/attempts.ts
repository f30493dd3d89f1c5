import { MAX_ATTEMPTS, type DeliveryAttempt } from '../../event-ports.ts';
import type { Database } from '../database.ts';
import { fromJson, toJson } from '../json.ts';

export interface Attempts {
  /** Within the transaction of a commit. The oldest of a batch that was tried very often give way. */
  store(pipelineId: string, attempts: readonly DeliveryAttempt[]): void;
  /** Oldest first; of more than `MAX_ATTEMPTS` the newest. */
  of(pipelineId: string, offset: number): readonly DeliveryAttempt[];
}

export function attemptsOf(delivery: Database): Attempts {
  const insert = delivery.prepare(
    'INSERT INTO attempts (pipeline, from_, to_, started_at, document) VALUES ($pipelineId, $from, $to, $startedAt, $document)',
  );
  const thin = delivery.prepare(
    `DELETE FROM attempts WHERE pipeline = $pipelineId AND from_ = $from AND to_ = $to AND seq <=
       (SELECT seq FROM attempts WHERE pipeline = $pipelineId AND from_ = $from AND to_ = $to
        ORDER BY seq DESC LIMIT 1 OFFSET ${MAX_ATTEMPTS})`,
  );
  const widen = delivery.prepare('UPDATE readers SET widest = $width WHERE pipeline = $pipelineId AND widest < $width');
  // An attempt that holds the offset begins at most `widest` before it.
  const find = delivery.prepare<{ document: string }>(
    `SELECT document FROM attempts WHERE pipeline = $pipelineId AND from_ <= $offset AND to_ > $offset
       AND from_ > $offset - (SELECT widest FROM readers WHERE pipeline = $pipelineId)
     ORDER BY started_at DESC, seq DESC LIMIT ${MAX_ATTEMPTS}`,
  );

  return {
    store: (pipelineId, attempts) => {
      for (const attempt of attempts) {
        const { from, to, startedAt } = attempt;
        insert.run({ pipelineId, from, to, startedAt, document: toJson(attempt)! });
        thin.run({ pipelineId, from, to });
        widen.run({ pipelineId, width: to - from });
      }
    },
    of: (pipelineId, offset) =>
      find
        .all({ pipelineId, offset })
        .reverse()
        .map(({ document }) => fromJson(document, delivery.path) as DeliveryAttempt),
  };
}
