/** One destination of a running stream: its writer, its breaker, and what its records look like. */
import { HeadgateError } from '../../foundation/errors.ts';
import { rfc3339, type Backoff } from '../../foundation/time.ts';
import type { EventField } from '../../crds/index.ts';
import type { EventMeta, Row, StreamRecord, StreamWriteResult, StreamWriter } from '../ports.ts';
import { put } from '../transforms/rows.ts';
import { Breaker } from './breaker.ts';
import { Wake } from './wake.ts';

/** How long a write may take before the destination counts as out of reach. */
export const WRITE_TIMEOUT_MS = 60_000;
/** How long a writer may take to notice that its write was aborted; then another one takes its place. */
const ABORT_GRACE_MS = 1000;

export interface OutletOptions {
  readonly name: string;
  readonly include: readonly EventField[];
  readonly open: () => Promise<StreamWriter>;
  readonly backoff: Backoff;
  readonly writeTimeoutMs?: number;
  /** Told of a writer that could not be closed. */
  readonly onTrouble: (error: unknown) => void;
}

export class Outlet {
  readonly name: string;
  readonly breaker: Breaker;
  /** Notified when the breaker changes. */
  readonly changed = new Wake();
  /** Why it is not taking anything now; null while it does. */
  error: HeadgateError | null = null;
  /** Counts the tries in which it took anything: proof that it is up. */
  taken = 0;
  readonly #options: OutletOptions;
  #writer: Promise<StreamWriter> | null = null;

  constructor(options: OutletOptions) {
    this.#options = options;
    this.name = options.name;
    this.breaker = new Breaker(options.backoff);
  }

  /**
   * One try. Throws `destination_unreachable` when it takes too long or the writer cannot be opened for a passing reason,
   * and the signal's reason when that aborts.
   */
  async write(records: readonly StreamRecord[], signal: AbortSignal): Promise<StreamWriteResult> {
    signal.throwIfAborted();
    const opening = (this.#writer ??= this.#options.open());
    const abort = new AbortController();
    const late = new Promise<never>((_, reject) => {
      abort.signal.addEventListener('abort', () => reject(abort.signal.reason as Error), { once: true });
    });
    // Whoever loses the race below has told all there is to tell.
    late.catch(() => undefined);
    const onAbort = (): void => abort.abort(signal.reason);
    const timer = setTimeout(() => abort.abort(this.#timedOut()), this.#timeoutMs);
    signal.addEventListener('abort', onAbort, { once: true });
    const work = opening.then((writer) => writer.write(this.#withFields(records), abort.signal));
    try {
      return await Promise.race([work, late]);
    } catch (error) {
      if (abort.signal.aborted) await this.#settleAborted(opening, work);
      else await this.#forgetUnopened(opening);
      throw abort.signal.aborted ? abort.signal.reason : error;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
    }
  }

  async close(): Promise<void> {
    const writer = this.#writer;
    this.#writer = null;
    if (writer !== null) await closeOf(writer);
  }

  get #timeoutMs(): number {
    return this.#options.writeTimeoutMs ?? WRITE_TIMEOUT_MS;
  }

  #timedOut(): HeadgateError {
    const seconds = Math.round(this.#timeoutMs / 1000);
    return new HeadgateError('destination_unreachable', `no answer within ${seconds} s`, { retryable: true });
  }

  /** One that could not be opened is opened anew by the next write, unless another write has done that already. */
  async #forgetUnopened(opening: Promise<StreamWriter>): Promise<void> {
    const opened = await opening.then(
      () => true,
      () => false,
    );
    if (!opened && this.#writer === opening) this.#writer = null;
  }

  /** A writer that goes on after an abort must not meet the next write: it is replaced. */
  async #settleAborted(opening: Promise<StreamWriter>, work: Promise<unknown>): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const grace = new Promise<boolean>((resolve) => {
      timer = setTimeout(() => resolve(false), ABORT_GRACE_MS);
    });
    const ended = work.then(
      () => true,
      () => true,
    );
    const inTime = await Promise.race([ended, grace]);
    clearTimeout(timer);
    if (inTime || this.#writer !== opening) return;
    this.#writer = null;
    closeOf(opening).catch(this.#options.onTrouble);
  }

  #withFields(records: readonly StreamRecord[]): readonly StreamRecord[] {
    const { include } = this.#options;
    if (include.length === 0) return records;
    return records.map(({ row, event }) => ({ row: withFields(row, event, include), event }));
  }
}

async function closeOf(opening: Promise<StreamWriter>): Promise<void> {
  // A writer that could not be opened has nothing to close, and told so when it was to write.
  const writer = await opening.catch(() => null);
  await writer?.close();
}

/** The record with fields of its event beside its own; the event's win. Never changes the record. */
export function withFields(row: Row, event: EventMeta, include: readonly EventField[]): Row {
  const out: Row = { ...row };
  for (const field of include) put(out, field, valueOf(field, event));
  return out;
}

function valueOf(field: EventField, event: EventMeta): unknown {
  switch (field) {
    case 'event_id':
      return event.id;
    case 'event_type':
      return event.type;
    case 'event_key':
      return event.key;
    default:
      return rfc3339(event.receivedAt);
  }
}
