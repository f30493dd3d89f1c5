/** What the thread that writes and its owner say to each other: few objects and flat lists, which are cheap to copy. */
import { HeadgateError, toErrorRecord, type ErrorRecord } from '../../../foundation/errors.ts';
import type { Arrival, Floors, Placement, WaitingAppend } from './arrival.ts';
import { HASH_BYTES } from './keys.ts';

export interface AppendMessage {
  readonly id: number;
  /** When each call was made, and how many events it has. */
  readonly nows: Float64Array;
  readonly counts: Uint32Array;
  readonly entries: readonly string[];
  /** Pipelines and types that occur, and which of them each event has. */
  readonly pipelines: readonly string[];
  readonly types: readonly string[];
  readonly pipelineOf: Uint32Array;
  readonly typeOf: Uint32Array;
  /** Events that have a key, by their place, and its two hashes one after the other. */
  readonly keyed: Uint32Array;
  readonly hashes: Uint8Array;
  readonly floors: Floors;
}

export type AppendReply =
  | {
      readonly id: number;
      /** 0 conflict, 1 appended, 2 repeated. */
      readonly results: Uint8Array;
      readonly offsets: Float64Array;
      readonly times: Float64Array;
    }
  | { readonly id: number; readonly error: ErrorRecord; readonly retryable: boolean; readonly retryAfter?: number };

export function messageOf(id: number, group: readonly WaitingAppend[], floors: Floors): AppendMessage {
  const arrivals = group.flatMap((call) => call.arrivals);
  const pipelines = new Map<string, number>();
  const types = new Map<string, number>();
  const pipelineOf = new Uint32Array(arrivals.length);
  const typeOf = new Uint32Array(arrivals.length);
  const keyed: number[] = [];
  arrivals.forEach(({ pipelineId, type, key }, index) => {
    pipelineOf[index] = numberOf(pipelines, pipelineId);
    typeOf[index] = numberOf(types, type);
    if (key !== null) keyed.push(index);
  });
  const hashes = new Uint8Array(keyed.length * 2 * HASH_BYTES);
  keyed.forEach((index, place) => {
    const { hash, content } = arrivals[index]!.key!;
    hashes.set(hash, place * 2 * HASH_BYTES);
    hashes.set(content, (place * 2 + 1) * HASH_BYTES);
  });
  return {
    id,
    nows: Float64Array.from(group, ({ now }) => now),
    counts: Uint32Array.from(group, (call) => call.arrivals.length),
    entries: arrivals.map(({ entry }) => entry),
    pipelines: [...pipelines.keys()],
    types: [...types.keys()],
    pipelineOf,
    typeOf,
    keyed: Uint32Array.from(keyed),
    hashes,
    floors,
  };
}

function numberOf(known: Map<string, number>, name: string): number {
  const found = known.get(name);
  if (found !== undefined) return found;
  known.set(name, known.size);
  return known.size - 1;
}

/** The inverse of `messageOf`. */
export function groupOf(message: AppendMessage): readonly WaitingAppend[] {
  const { entries, pipelines, types, pipelineOf, typeOf, keyed, hashes } = message;
  const arrivals = entries.map((entry, index): Arrival => ({
    pipelineId: pipelines[pipelineOf[index]!]!,
    type: types[typeOf[index]!]!,
    entry,
    key: null,
  }));
  keyed.forEach((index, place) => {
    const start = place * 2 * HASH_BYTES;
    const hash = hashes.subarray(start, start + HASH_BYTES);
    const content = hashes.subarray(start + HASH_BYTES, start + 2 * HASH_BYTES);
    arrivals[index] = { ...arrivals[index]!, key: { hash, content } };
  });
  let from = 0;
  return Array.from(message.counts, (count, call) => {
    from += count;
    return { arrivals: arrivals.slice(from - count, from), now: message.nows[call]! };
  });
}

const RESULTS = [null, 'appended', 'repeated'] as const;

export function replyOf(id: number, placements: readonly (readonly Placement[])[]): AppendReply {
  const all = placements.flat();
  return {
    id,
    results: Uint8Array.from(all, (placement) => (placement === null ? 0 : RESULTS.indexOf(placement.result))),
    offsets: Float64Array.from(all, (placement) => placement?.offset ?? 0),
    times: Float64Array.from(all, (placement) => placement?.receivedAt ?? 0),
  };
}

export function failureOf(id: number, error: unknown): AppendReply {
  const { retryable = false, retryAfter } = error instanceof HeadgateError ? error : {};
  return { id, error: toErrorRecord(error), retryable, ...(retryAfter === undefined ? {} : { retryAfter }) };
}

/** The inverse of `replyOf` and `failureOf`: throws the error. */
export function placementsOf(reply: AppendReply, group: readonly WaitingAppend[]): readonly (readonly Placement[])[] {
  if ('error' in reply) {
    const { error, retryable, retryAfter } = reply;
    const { code, message, ...rest } = error;
    throw new HeadgateError(code, message, { ...rest, retryable, ...(retryAfter === undefined ? {} : { retryAfter }) });
  }
  const { results, offsets, times } = reply;
  let place = 0;
  return group.map(({ arrivals }) =>
    arrivals.map((): Placement => {
      const result = RESULTS[results[place]!]!;
      const placement = result === null ? null : { result, offset: offsets[place]!, receivedAt: times[place]! };
      place += 1;
      return placement;
    }),
  );
}
