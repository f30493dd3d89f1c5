import type { ErrorRecord } from '../../../foundation/errors.ts';
import { blockReader, entryStart, type Entry } from '../../event-block.ts';
import type { EventRecord, EventStatus } from '../../event-ports.ts';
import { fromJson } from '../json.ts';
import { parsed, type BlockHead, type Blocks } from './blocks.ts';
import type { FateRow } from './fates.ts';
import type { EventFiles } from './files.ts';

interface CommitRow {
  readonly upto: number;
  readonly at: number;
  readonly revision: string;
}

/** A block whose events are looked at one by one, without parsing the others. */
export interface OpenedBlock {
  readonly head: BlockHead;
  hasType(offset: number, type: string): boolean;
  /** The event with its fate. */
  record(offset: number): EventRecord;
}

/** Puts together what both files know of an event. */
export interface EventRecords {
  open(block: BlockHead, pipelineId: string, committed: number): OpenedBlock;
}

export const FATE_COLUMNS = 'offset, status, at, attempts, error, cancelled_by, retried_by, resolved_at';

export function eventRecords({ log, delivery }: EventFiles, blocks: Blocks): EventRecords {
  const fate = delivery.prepare<FateRow>(
    `SELECT ${FATE_COLUMNS} FROM fates WHERE pipeline = $pipelineId AND offset = $offset`,
  );
  const settling = delivery.prepare<CommitRow>(
    'SELECT upto, at, revision FROM commits WHERE pipeline = $pipelineId AND upto > $offset ORDER BY upto LIMIT 1',
  );

  return {
    open: (head, pipelineId, committed) => {
      const text = blocks.text(head);
      const bounds = blocks.lengths(head);
      const toEvent = blockReader({ pipelineId, first: head.first, receivedAt: head.received_at });
      const record = (offset: number): EventRecord => {
        const index = offset - head.first;
        const [start, end] = bounds[index]!;
        const event = parsed(log, () => toEvent(JSON.parse(text.slice(start, end)) as Entry, index));
        const row = fate.get({ pipelineId, offset });
        const commit = offset < committed ? settling.get({ pipelineId, offset }) : undefined;
        return { ...event, ...fateOf(row, commit, offset < committed, delivery.path) };
      };
      return {
        head,
        hasType: (offset, type) => text.startsWith(entryStart(type), bounds[offset - head.first]![0]),
        record,
      };
    },
  };
}

type Fate = Pick<
  EventRecord,
  'status' | 'settledAt' | 'revision' | 'error' | 'attemptCount' | 'cancelledBy' | 'retriedBy' | 'resolvedAt'
>;

function fateOf(row: FateRow | undefined, commit: CommitRow | undefined, settled: boolean, path: string): Fate {
  const status: EventStatus = row?.status ?? (settled ? 'delivered' : 'accepted');
  return {
    status,
    settledAt: row?.at ?? commit?.at ?? null,
    revision: commit?.revision ?? null,
    error: fromJson(row?.error ?? null, path) as ErrorRecord | null,
    attemptCount: row?.attempts ?? null,
    cancelledBy: row?.cancelled_by ?? null,
    retriedBy: row?.retried_by ?? null,
    resolvedAt: row?.resolved_at ?? null,
  };
}
