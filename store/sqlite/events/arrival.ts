/** What goes from a call to the transaction that stores it, and back. Plain data: it also crosses threads. */
import { encodeEntry } from '../../event-block.ts';
import { eventIds, pipelineTag } from '../../event-id.ts';
import type { Appended, NewEvent } from '../../event-ports.ts';
import { keyHashes, type FirstOfKey, type KeyHashes } from './keys.ts';

/** An event, ready to be stored. */
export interface Arrival {
  readonly pipelineId: string;
  readonly type: string;
  readonly entry: string;
  readonly key: KeyHashes | null;
}

/** A call that waits for its turn. */
export interface WaitingAppend {
  readonly arrivals: readonly Arrival[];
  readonly now: number;
}

/** Where an event has its place. */
export interface Placed extends FirstOfKey {
  readonly result: 'appended' | 'repeated';
}

/** `null`: the key was used for another event. */
export type Placement = Placed | null;

/** Where a pipeline goes on at the least, by its id. */
export type Floors = ReadonlyMap<string, number>;

/** Stores a group of calls in one transaction, durably. Answers the places of the events of each. */
export type GroupStore = (
  group: readonly WaitingAppend[],
  floors: Floors,
) => Promise<readonly (readonly Placement[])[]>;

export function arrivalOf(event: NewEvent): Arrival {
  const { pipelineId, type, idempotencyKey } = event;
  const key = idempotencyKey === undefined ? null : keyHashes(event, idempotencyKey);
  return { pipelineId, type, entry: encodeEntry(event), key };
}

/** The answers of one call. */
export function appendedOf(arrivals: readonly Arrival[], placements: readonly Placement[]): readonly Appended[] {
  // Nearly always all events of a call are of one pipeline and got one time.
  let pipeline = '';
  let at = -1;
  let idOf: (offset: number) => string = () => '';
  return placements.map((placement, index): Appended => {
    if (placement === null) return { result: 'conflict' };
    const { result, offset, receivedAt } = placement;
    const { pipelineId } = arrivals[index]!;
    if (pipelineId !== pipeline || receivedAt !== at) {
      idOf = eventIds((at = receivedAt), pipelineTag((pipeline = pipelineId)));
    }
    return { result, id: idOf(offset), offset, receivedAt };
  });
}
