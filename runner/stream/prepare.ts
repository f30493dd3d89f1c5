/** From stored events to records for the destinations. */
import type { ErrorRecord } from '../../foundation/errors.ts';
import type { StoredEvent } from '../../store/event-ports.ts';
import type { StreamRecord } from '../ports.ts';
import type { Redactor } from '../redactor.ts';
import type { StreamChain } from '../transforms/stream-chain.ts';
import type { Prepared } from './batch.ts';
import type { Wanted } from './wanted.ts';

const NONE: ReadonlySet<number> = new Set();
const NO_ERRORS: ReadonlyMap<number, ErrorRecord> = new Map();

export interface PrepareOptions {
  readonly chain: StreamChain;
  readonly redactor: Redactor;
  /** What the destinations want; undefined: everything. */
  readonly wanted?: Pick<Wanted, 'any' | 'why'>;
  /** The replay that brings them once more. */
  readonly replay: string | null;
  /** Offsets that the transforms must not see: cancelled ones, which would otherwise hide later ones in `dedupe`. */
  readonly without?: ReadonlySet<number>;
}

/**
 * Takes events through the transforms, in order. One that was refused when it came, or that a transform fails for, becomes a
 * dead letter without a try; one that a transform drops counts as delivered; one that no destination wants takes no part. A
 * replay delivers refused ones, too, since a person asked for it, and fails for those that no destination wants.
 */
export function prepare(events: readonly StoredEvent[], options: PrepareOptions): Prepared {
  const { chain, redactor, wanted, replay, without = NONE } = options;
  const records: (StreamRecord | null)[] = Array.from({ length: events.length }, () => null);
  const given: StreamRecord[] = [];
  const at: number[] = [];
  let errors: Map<number, ErrorRecord> | null = null;
  for (let i = 0; i < events.length; i++) {
    const event = events[i]!;
    if (wanted?.any?.(event.type) === false) {
      if (replay !== null) (errors ??= new Map()).set(event.offset, notWanted(wanted.why(event.type)));
    } else if (event.refused !== null && replay === null) (errors ??= new Map()).set(event.offset, event.refused);
    else if (without.size === 0 || !without.has(event.offset)) {
      given.push(recordOf(event, replay));
      at.push(i);
    }
  }
  const { records: made, failed } = chain.run(given);
  for (const record of made) records[at[record.index]!] = record;
  for (const { index, error } of failed) {
    (errors ??= new Map()).set(events[at[index]!]!.offset, redactor.error(error));
  }
  return { events, records, errors: errors ?? NO_ERRORS };
}

const notWanted = (why: string): ErrorRecord => ({ code: 'event_refused', message: `no destination wants it: ${why}` });

/** Transforms never change the record they are given, so the payload itself goes in. */
const recordOf = (event: StoredEvent, replay: string | null): StreamRecord => ({
  row: event.payload,
  event: { id: event.id, type: event.type, key: event.key, receivedAt: event.receivedAt, replay },
});
