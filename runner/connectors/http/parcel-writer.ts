/** Records of a stream in requests: which records share one, in which order and how many at a time, and which are taken. */
import type { Excerpts } from '../../delivery-error.ts';
import type { FailedRecord, StreamRecord, StreamWriter, StreamWriteResult } from '../../ports.ts';
import { inLanes, lanesOf } from './lanes.ts';

/** What makes the requests. */
export interface ParcelSender {
  /** Records of one request at most. */
  readonly sizeOf: (record: StreamRecord) => number;
  /** Requests under way at the same time, where each carries one record; otherwise 1. */
  readonly parallel: number;
  /** Records of different groups never share a request. */
  readonly groupOf: (record: StreamRecord) => string | null;
  /**
   * Sends one request. Names the records that are refused, by their position in the parcel; throws `DeliveryError` where
   * the whole parcel failed.
   */
  send(
    parcel: readonly StreamRecord[],
    signal: AbortSignal,
  ): Promise<{ readonly failed: readonly FailedRecord[]; readonly excerpts: Excerpts }>;
  close(): Promise<void>;
}

/** How many records the server may have taken of batches that failed as a whole; beyond it the oldest are sent again. */
const MAX_REMEMBERED = 100_000;

interface Item {
  readonly index: number;
  readonly record: StreamRecord;
}

/** What one request carries. */
type Parcel = readonly Item[];

export class ParcelWriter implements StreamWriter {
  readonly #sender: ParcelSender;
  readonly #signal: AbortSignal;
  /**
   * Records that the server took before a later request of their batch failed. The engine writes that batch again, and
   * they are left out then: a server that takes ten requests a minute would else never see the eleventh.
   */
  readonly #taken = new Set<string>();

  /** `signal` ends all writes. */
  constructor(sender: ParcelSender, signal: AbortSignal) {
    this.#sender = sender;
    this.#signal = signal;
  }

  async write(records: readonly StreamRecord[], signal: AbortSignal): Promise<StreamWriteResult> {
    const either = AbortSignal.any([this.#signal, signal]);
    either.throwIfAborted();
    const failed: FailedRecord[] = [];
    const shown: { taken?: Excerpts; refused?: Excerpts } = {};
    const { parallel } = this.#sender;
    const lanes = lanesOf(this.#parcels(records), parallel, (parcel) => parcel[0]!.record.event.key);
    await inLanes(lanes, parallel, async (parcel) => {
      const sent = await this.#sender.send(
        parcel.map(({ record }) => record),
        either,
      );
      if (sent.failed.length === 0) shown.taken ??= sent.excerpts;
      else shown.refused ??= sent.excerpts;
      const refused = new Set(sent.failed.map(({ index }) => index));
      for (const each of sent.failed) failed.push({ ...each, index: parcel[each.index]!.index });
      this.#remember(parcel.filter((_, index) => !refused.has(index)));
    });
    for (const record of records) this.#taken.delete(identity(record));
    failed.sort((a, b) => a.index - b.index);
    return { failed, ...(shown.refused ?? shown.taken) };
  }

  async close(): Promise<void> {
    await this.#sender.close();
  }

  /** What is still to be sent, in requests. */
  #parcels(records: readonly StreamRecord[]): readonly Parcel[] {
    const items = records
      .map((record, index) => ({ record, index }))
      .filter(({ record }) => !this.#taken.has(identity(record)));
    const parcels: Parcel[] = [];
    for (let start = 0; start < items.length; start += parcels.at(-1)!.length) {
      const first = items[start]!.record;
      const group = this.#sender.groupOf(first);
      const part = items.slice(start, start + this.#sender.sizeOf(first));
      const end = part.findIndex(({ record }) => this.#sender.groupOf(record) !== group);
      parcels.push(end < 0 ? part : part.slice(0, end));
    }
    return parcels;
  }

  #remember(parcel: Parcel): void {
    for (const { record } of parcel) this.#taken.add(identity(record));
    for (const oldest of this.#taken) {
      if (this.#taken.size <= MAX_REMEMBERED) break;
      this.#taken.delete(oldest);
    }
  }
}

const identity = ({ event }: StreamRecord): string =>
  event.replay === null ? event.id : `${event.id} ${event.replay}`;
