/** About how much memory events hold, so that what is read ahead can be bounded. */
import type { StoredEvent } from '../../store/event-ports.ts';

/** Events of a read whose size is measured; the others are taken to be like them. */
const MEASURED = 128;
/** What an event holds beside its payload: id, times, the object itself. */
const OVERHEAD = 256;

/** Bytes of all of them together, about. */
export function eventSize(events: readonly StoredEvent[]): number {
  const step = Math.max(1, Math.floor(events.length / MEASURED));
  let bytes = 0;
  let measured = 0;
  for (let i = 0; i < events.length; i += step) {
    bytes += OVERHEAD + valueSize(events[i]!.payload);
    measured += 1;
  }
  return measured === 0 ? 0 : Math.round((bytes / measured) * events.length);
}

function valueSize(value: unknown): number {
  if (typeof value === 'string') return 16 + value.length;
  if (value === null || typeof value !== 'object') return 8;
  let bytes = 16;
  if (Array.isArray(value)) for (const member of value) bytes += valueSize(member);
  else for (const key in value) bytes += 8 + valueSize((value as Record<string, unknown>)[key]);
  return bytes;
}
