/** Makes the record of each try that is worth keeping, with every secret out (invariant 6). */
import { HeadgateError, toErrorRecord, type ErrorRecord } from '../../foundation/errors.ts';
import type { DeliveryAttempt } from '../../store/event-ports.ts';
import { DeliveryError } from '../delivery-error.ts';
import type { StreamWriteResult } from '../ports.ts';
import type { Redactor } from '../redactor.ts';
import type { Attempts } from './attempts.ts';
import type { Outlet } from './outlet.ts';
import type { Delivery } from './tries.ts';

export interface TryNotesOptions {
  readonly attempts: Attempts;
  readonly redactor: Redactor;
  readonly revision: string;
  readonly replayId?: string;
  /** A try failed, and is not settled by that: what was noted is to be stored soon. */
  readonly onFailure: () => void;
}

type Records = readonly number[] | null;

export class TryNotes {
  readonly #options: TryNotesOptions;

  constructor(options: TryNotesOptions) {
    this.#options = options;
  }

  done(delivery: Delivery, records: Records, startedAt: number, result: StreamWriteResult): void {
    const { attempts } = this.#options;
    const now = Date.now();
    const refused = result.failed.length > 0;
    if (!refused && !attempts.wants(delivery.outlet.name, now)) return;
    attempts.add({
      ...this.#base(delivery, records, startedAt, now),
      // A batch of which some records were refused did arrive, unless that was all of it.
      outcome: result.failed.length < (records?.length ?? delivery.batch.records.length) ? 'delivered' : 'failed',
      ...(refused ? { error: this.refusal(delivery.outlet, result.failed[0]!.reason) } : {}),
      ...this.#excerpts(result),
    });
  }

  failed(delivery: Delivery, records: Records, startedAt: number, error: HeadgateError): void {
    const { attempts, onFailure } = this.#options;
    attempts.add({
      ...this.#base(delivery, records, startedAt, Date.now()),
      outcome: 'failed',
      error: this.record(error),
      ...this.#excerpts(error instanceof DeliveryError ? error : {}),
    });
    onFailure();
  }

  refusalError(outlet: Outlet, reason: string): HeadgateError {
    return new HeadgateError('destination_failed', `destination '${outlet.name}' refused the record: ${reason}`);
  }

  refusal(outlet: Outlet, reason: string): ErrorRecord {
    return this.record(this.refusalError(outlet, reason));
  }

  record(error: HeadgateError): ErrorRecord {
    return this.#options.redactor.error(toErrorRecord(error));
  }

  #excerpts({
    request,
    response,
  }: Pick<StreamWriteResult, 'request' | 'response'>): Pick<DeliveryAttempt, 'request' | 'response'> {
    const { attempts } = this.#options;
    return {
      ...(request === undefined ? {} : { request: attempts.excerpt(request) }),
      ...(response === undefined ? {} : { response: attempts.excerpt(response) }),
    };
  }

  #base(
    { batch, outlet, tries }: Delivery,
    records: Records,
    startedAt: number,
    now: number,
  ): Omit<DeliveryAttempt, 'outcome'> {
    const { revision, replayId } = this.#options;
    return {
      from: records === null ? batch.from : batch.eventOf(records[0]!).offset,
      to: records === null ? batch.to : batch.eventOf(records.at(-1)!).offset + 1,
      attempt: tries,
      destination: outlet.name,
      startedAt,
      durationMs: Math.max(0, now - startedAt),
      revision,
      ...(replayId === undefined ? {} : { replayId }),
    };
  }
}
