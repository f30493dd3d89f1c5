import { HeadgateError } from '../../../foundation/errors.ts';
import type { DeliveryCommit, EventDelivery } from '../../event-ports.ts';
import type { Database } from '../database.ts';
import { toJson } from '../json.ts';
import { attemptsOf } from './attempts.ts';
import { findReader } from './readers.ts';

/** Settling events. */
export function commits(delivery: Database): Pick<EventDelivery, 'commit' | 'cancelled'> {
  const reader = findReader(delivery);
  const attempts = attemptsOf(delivery);
  const wished = delivery.prepare<{ offset: number }>(
    `SELECT offset FROM fates INDEXED BY fates_status
     WHERE pipeline = $pipelineId AND status = 'cancelled' AND offset >= $from AND offset < $to`,
  );
  const forget = delivery.prepare(
    'DELETE FROM fates WHERE pipeline = $pipelineId AND offset = $offset AND retried_by IS NULL',
  );
  const restore = delivery.prepare(
    `UPDATE fates SET status = NULL, at = NULL, cancelled_by = NULL WHERE pipeline = $pipelineId AND offset = $offset`,
  );
  const cancel = delivery.prepare(
    `INSERT INTO fates (pipeline, offset, status, at, cancelled_by)
     VALUES ($pipelineId, $offset, 'cancelled', $at, $by)
     ON CONFLICT DO UPDATE SET status = 'cancelled', at = coalesce(at, $at), cancelled_by = coalesce(cancelled_by, $by)`,
  );
  const fail = delivery.prepare(
    `INSERT INTO fates (pipeline, offset, status, at, attempts, error)
     VALUES ($pipelineId, $offset, 'failed', $at, $attempts, $error)
     ON CONFLICT DO UPDATE SET status = 'failed', at = $at, attempts = $attempts, error = $error, cancelled_by = NULL,
       resolved_at = CASE WHEN retried_by IS NULL THEN NULL ELSE $at END`,
  );
  const note = delivery.prepare('INSERT INTO commits VALUES ($pipelineId, $upto, $at, $revision)');
  const advance = delivery.prepare(
    'UPDATE readers SET committed = $offset, committed_at = $at WHERE pipeline = $pipelineId',
  );

  /** What somebody wished to cancel and was delivered nevertheless is delivered. */
  const dropWishes = ({ pipelineId, offset, cancelled, leftOut = [] }: DeliveryCommit, committed: number): void => {
    const left = new Set([...cancelled, ...leftOut.map((event) => event.offset)]);
    for (const wish of wished.all({ pipelineId, from: committed, to: offset })) {
      if (left.has(wish.offset)) continue;
      if (forget.run({ pipelineId, offset: wish.offset }) === 0) restore.run({ pipelineId, offset: wish.offset });
    }
  };

  const apply = (commit: DeliveryCommit): boolean => {
    const { pipelineId, epoch, offset, at, revision } = commit;
    const found = reader(pipelineId);
    // A reader that somebody else has replaced settles nothing (invariant 2).
    if (found?.epoch !== epoch) return false;
    checkOffsets(commit, found.committed);
    dropWishes(commit, found.committed);
    for (const left of commit.cancelled) cancel.run({ pipelineId, offset: left, at, by: null });
    for (const left of commit.leftOut ?? []) cancel.run({ pipelineId, offset: left.offset, at, by: left.by });
    for (const { offset: letter, attempts: tries, error } of commit.failed) {
      fail.run({ pipelineId, offset: letter, at, attempts: tries, error: toJson(error) });
    }
    attempts.store(pipelineId, commit.attempts);
    if (offset > found.committed) {
      note.run({ pipelineId, upto: offset, at, revision });
      advance.run({ pipelineId, offset, at });
    }
    return true;
  };

  return {
    commit: (commit) => delivery.write(() => apply(commit)),
    cancelled: (pipelineId, from, to) =>
      delivery.read(() => new Set(wished.all({ pipelineId, from, to }).map(({ offset }) => offset))),
  };
}

/** Only what this commit settles may get a fate: what is settled stays as it is. */
function checkOffsets(commit: DeliveryCommit, committed: number): void {
  const { pipelineId, offset, failed, cancelled, leftOut = [] } = commit;
  const within = (settled: number): boolean => settled >= committed && settled < offset;
  const fates = [...failed, ...leftOut].every((event) => within(event.offset));
  if (offset >= committed && fates && cancelled.every(within)) return;
  throw new HeadgateError('internal', `a commit of ${pipelineId} to ${offset} settles what it may not (${committed})`);
}
