/** Loads record by record, for destinations that have no form for the whole result. */
import { HeadgateError, messageOf } from '../../foundation/errors.ts';
import type { FailedRecord, RecordWriter, Row } from '../ports.ts';
import type { Job } from './job.ts';
import { isRetryable, waitAfter } from './retry.ts';
import { rowBatches } from './rows.ts';
import type { Result } from './transform.ts';

const BATCH_ROWS = 1000;
/** Reasons that the error names. */
const REASONS = 3;

/** Writes all rows, then commits. Whatever fails for good aborts the writer and throws `destination_failed`. */
export async function writeRecords(job: Job, name: string, writer: RecordWriter, result: Result): Promise<number> {
  const tries = new BatchTries(job, name, writer);
  try {
    let rows = 0;
    for await (const batch of rowBatches(job.duck, result.relation, result.columns, BATCH_ROWS)) {
      job.signal.throwIfAborted();
      await tries.write(batch);
      rows += batch.length;
      job.progress.add(batch.length);
    }
    await job.lease.confirm();
    await writer.commit();
    return rows;
  } catch (error) {
    // What went wrong first is what people must know.
    await writer.abort().catch((reason: unknown) => job.log('warn', `'${name}' was not undone: ${messageOf(reason)}`));
    throw error;
  }
}

class BatchTries {
  readonly #job: Job;
  readonly #name: string;
  readonly #writer: RecordWriter;

  constructor(job: Job, name: string, writer: RecordWriter) {
    this.#job = job;
    this.#name = name;
    this.#writer = writer;
  }

  /** Writes a batch, and what is left of it again, until all of it is taken. Throws when tries run out. */
  async write(batch: readonly Row[]): Promise<void> {
    let pending = batch;
    const lost: FailedRecord[] = [];
    for (let attempt = 1; pending.length > 0; attempt++) {
      const { failed, retryAfter } = await this.#try(pending, attempt);
      const last = attempt >= this.#job.retry.policy.attempts;
      lost.push(...failed.filter(({ retryable }) => !retryable || last));
      const again = last ? [] : failed.filter(({ retryable }) => retryable);
      if (again.length > 0) {
        await waitAfter(
          `${this.#name}: ${again.length} records`,
          attempt,
          refused(again, '', retryAfter),
          this.#job.retry,
        );
      }
      pending = again.map(({ index }) => pending[index]!);
    }
    if (lost.length > 0) throw refused(lost, `of a batch of ${batch.length} `);
  }

  /** One try; a whole batch that failed in a way that may pass counts as all of its records. */
  async #try(
    pending: readonly Row[],
    attempt: number,
  ): Promise<{ readonly failed: readonly FailedRecord[]; readonly retryAfter?: number }> {
    try {
      return { failed: await this.#writer.write(pending) };
    } catch (error) {
      this.#job.signal.throwIfAborted();
      if (!isRetryable(error) || attempt >= this.#job.retry.policy.attempts) throw error;
      const failed = pending.map((_, index) => ({ index, reason: error.message, retryable: true }));
      return error.retryAfter === undefined ? { failed } : { failed, retryAfter: error.retryAfter };
    }
  }
}

function refused(failed: readonly FailedRecord[], of = '', retryAfter?: number): HeadgateError {
  const reasons = [...new Set(failed.map(({ reason }) => reason))].slice(0, REASONS);
  const records = failed.length === 1 ? '1 record' : `${failed.length} records`;
  return new HeadgateError('destination_failed', `${records} ${of}refused: ${reasons.join('; ')}`, { retryAfter });
}
