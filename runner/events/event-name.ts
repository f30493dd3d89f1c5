import { MAX_EVENT_NAME } from '../../store/event-ports.ts';

/**
 * A text of an outside system as the type or the ordering key of an event: what the log does not take is replaced (control
 * characters, halves of surrogate pairs), and a longer one is cut.
 */
export function eventName(text: string): string {
  const clean = text.replaceAll(/\p{Cc}/gu, '\uFFFD');
  // A cut may leave half of a pair.
  return clean.slice(0, MAX_EVENT_NAME).toWellFormed();
}
