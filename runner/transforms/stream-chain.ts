import type { Transform } from '../../crds/index.ts';
import { HeadgateError, toErrorRecord, type ErrorRecord } from '../../foundation/errors.ts';
import type { StreamRecord } from '../ports.ts';
import { planStreamTransform, type PlannedStreamTransform } from './index.ts';

/** A record that came through, with its place in the batch that went in. */
export interface TransformedRecord extends StreamRecord {
  readonly index: number;
}

export interface FailedTransform {
  /** Place in the batch that went in. */
  readonly index: number;
  /** `transform_failed`: names transform and field, never a value. */
  readonly error: ErrorRecord;
}

export interface TransformedBatch {
  /** In the order of the batch. What is neither here nor in `failed` was dropped. */
  readonly records: readonly TransformedRecord[];
  readonly failed: readonly FailedTransform[];
}

/**
 * The transforms of a stream, in order. A chain has a memory (`dedupe`), so there is one for each pipeline that is delivered, and
 * one of its own for each replay. It takes every event once, in the order of offsets: a batch that is tried again at its
 * destination does not come again. To begin anywhere but at the start of the log, the events received within `windowMs`
 * before are run through it first, and what comes out is thrown away.
 */
export interface StreamChain {
  /** How much of the past the chain remembers, in milliseconds; 0: nothing. */
  readonly windowMs: number;
  /** Never throws: a record that cannot be transformed stands in the way of no other. */
  readonly run: (batch: readonly StreamRecord[]) => TransformedBatch;
}

/** Throws `invalid_transform`, the message naming the transform by its place. */
export function streamChain(specs: readonly Transform[]): StreamChain {
  const transforms = specs.map((spec, index) => planStreamTransform(spec, index));
  return {
    windowMs: transforms.reduce((sum, { batch }) => sum + (batch?.windowMs ?? 0), 0),
    run: (batch) => {
      const failed: FailedTransform[] = [];
      let records: readonly TransformedRecord[] = batch.map(({ row, event }, index) => ({ index, row, event }));
      for (const transform of transforms) records = step(transform, records, failed);
      return { records, failed };
    },
  };
}

function step(
  { at, record, batch }: PlannedStreamTransform,
  records: readonly TransformedRecord[],
  failed: FailedTransform[],
): readonly TransformedRecord[] {
  if (batch !== undefined) return batch.keep(records);
  const kept: TransformedRecord[] = [];
  for (const { index, row, event } of records) {
    try {
      const made = record(row, event);
      if (made !== null) kept.push({ index, row: made, event });
    } catch (error) {
      failed.push({ index, error: failureOf(error, at) });
    }
  }
  return kept;
}

/** The messages of JavaScript's own errors hold values. */
function failureOf(error: unknown, at: string): ErrorRecord {
  if (error instanceof HeadgateError) return toErrorRecord(error);
  const kind = error instanceof Error ? error.name : typeof error;
  return { code: 'transform_failed', message: `${at}: the record cannot be transformed (${kind})` };
}
