/** The name `event` in expressions of streams: a variable like those of list macros, so that a macro's own `event` hides it. */
import type { EventMeta } from '../ports.ts';
import type { Local } from './compiled.ts';
import { STRING, structOf, TIMESTAMP } from './types.ts';

export const EVENT: Local = {
  name: 'event',
  type: structOf([
    { name: 'id', type: STRING },
    { name: 'type', type: STRING },
    { name: 'key', type: STRING },
    { name: 'received_at', type: TIMESTAMP },
  ]),
  // Streams have no SQL form.
  sql: '',
  slot: 0,
};

/** The value of `event`. */
export function surroundings({ id, type, key, receivedAt }: EventMeta): Record<string, unknown> {
  return { id, type, key, received_at: new Date(receivedAt) };
}
