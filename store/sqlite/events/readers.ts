import type { EventDelivery } from '../../event-ports.ts';
import type { Database } from '../database.ts';

export interface ReaderRow {
  readonly epoch: number;
  readonly committed: number;
  readonly committed_at: number | null;
  readonly widest: number;
}

/** Looks up a pipeline's reader; used within transactions too. */
export function findReader(delivery: Database): (pipelineId: string) => ReaderRow | undefined {
  const find = delivery.prepare<ReaderRow>(
    'SELECT epoch, committed, committed_at, widest FROM readers WHERE pipeline = $pipelineId',
  );
  return (pipelineId) => find.get({ pipelineId });
}

/** The offset up to which a pipeline's events are settled; 0 while nobody has read it. */
export function committedOf(delivery: Database): (pipelineId: string) => number {
  const find = findReader(delivery);
  return (pipelineId) => find(pipelineId)?.committed ?? 0;
}

/** Leases: who may deliver a pipeline's events. */
export function readers(delivery: Database): Pick<EventDelivery, 'acquire' | 'renew' | 'release'> {
  // One count for all pipelines: a reader of one that was deleted and came back cannot have the epoch of a new reader.
  const nextEpoch = delivery.prepare<{ n: number }>('UPDATE epochs SET n = n + 1 RETURNING n');
  const held = delivery.prepare<{ held: number }>(
    `SELECT holder <> $holder AND lease_until > $now AS held FROM readers
     WHERE pipeline = $pipelineId AND holder IS NOT NULL`,
  );
  const take = delivery.prepare<{ epoch: number; committed: number }>(
    `INSERT INTO readers (pipeline, epoch, holder, lease_until) VALUES ($pipelineId, $epoch, $holder, $until)
     ON CONFLICT DO UPDATE SET epoch = $epoch, holder = $holder, lease_until = $until
     RETURNING epoch, committed`,
  );
  const renew = delivery.prepare(
    `UPDATE readers SET lease_until = $until WHERE pipeline = $pipelineId AND epoch = $epoch AND holder IS NOT NULL`,
  );
  const release = delivery.prepare(
    'UPDATE readers SET holder = NULL, lease_until = 0 WHERE pipeline = $pipelineId AND epoch = $epoch',
  );

  return {
    acquire: (pipelineId, holder, ttlMs) =>
      delivery.write(() => {
        const now = Date.now();
        if (held.get({ pipelineId, holder, now })?.held === 1) return null;
        const { n } = nextEpoch.get()!;
        const { epoch, committed } = take.get({ pipelineId, epoch: n, holder, until: now + ttlMs })!;
        return { pipelineId, epoch, offset: committed };
      }),

    renew: (leases, ttlMs) =>
      delivery.write(() => {
        const until = Date.now() + ttlMs;
        const kept = leases.filter(({ pipelineId, epoch }) => renew.run({ pipelineId, epoch, until }) === 1);
        return new Set(kept.map(({ pipelineId }) => pipelineId));
      }),

    release: ({ pipelineId, epoch }) =>
      delivery.write(() => {
        release.run({ pipelineId, epoch });
      }),
  };
}
