/** Gives the transforms back what they remembered: the last window of events before the offset, delivered to nobody. */
import type { EventDelivery, StoredEvent } from '../../store/event-ports.ts';
import type { Redactor } from '../redactor.ts';
import type { StreamChain } from '../transforms/stream-chain.ts';
import { prepare } from './prepare.ts';

export interface WarmUpOptions {
  readonly events: Pick<EventDelivery, 'read' | 'cancelled'>;
  readonly pipelineId: string;
  readonly chain: StreamChain;
  readonly redactor: Redactor;
  /** Where delivery goes on. */
  readonly offset: number;
  readonly signal: AbortSignal;
}

const READ = { events: 5000, bytes: 8 * 1024 * 1024 };

export async function warmUp(options: WarmUpOptions): Promise<void> {
  const { events, pipelineId, chain, redactor, offset, signal } = options;
  if (chain.windowMs === 0 || offset === 0) return;
  const last = await eventAt(events, pipelineId, offset - 1);
  if (last === null) return;
  const next = await eventAt(events, pipelineId, offset);
  const since = (next ?? last).receivedAt - chain.windowMs;
  let position = await firstSince(events, pipelineId, since, offset);
  while (position < offset) {
    signal.throwIfAborted();
    const found = await events.read(pipelineId, position, READ);
    const past = found.filter((event) => event.offset < offset);
    if (past.length === 0) return;
    const end = past.at(-1)!.offset + 1;
    const without = await events.cancelled(pipelineId, past[0]!.offset, end);
    prepare(past, { chain, redactor, replay: null, without });
    position = end;
  }
}

/** The event with this offset, or the oldest one after it; null at the end of the log. */
export async function eventAt(
  events: Pick<EventDelivery, 'read'>,
  pipelineId: string,
  offset: number,
): Promise<StoredEvent | null> {
  const [event] = await events.read(pipelineId, offset, { events: 1, bytes: 1 });
  return event ?? null;
}

/** The first offset below `end` whose event was received at `time` or later, else `end`: times never fall along the log. */
export async function firstSince(
  events: Pick<EventDelivery, 'read'>,
  pipelineId: string,
  time: number,
  end: number,
): Promise<number> {
  let low = 0;
  let high = end;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const event = await eventAt(events, pipelineId, middle);
    if (event === null || event.offset >= high) high = middle;
    else if (event.receivedAt >= time) high = middle;
    else low = event.offset + 1;
  }
  return low;
}
