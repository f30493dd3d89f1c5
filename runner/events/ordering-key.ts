import { eventName } from './event-name.ts';
import type { EventsSettings } from './settings.ts';

/**
 * The ordering key that a payload holds, where `settings.key` says; null where it holds none. A longer one than the log takes
 * is cut: events of two keys that begin alike then keep their order together.
 */
export function orderingKey({ key }: Pick<EventsSettings, 'key'>): (payload: unknown) => string | null {
  if (key === undefined) return () => null;
  const path = key.split('.');
  return (payload) => {
    let value = payload;
    for (const name of path) {
      if (value === null || typeof value !== 'object' || Array.isArray(value) || !Object.hasOwn(value, name))
        return null;
      value = (value as Record<string, unknown>)[name];
    }
    if (value === null || value === undefined || typeof value === 'object' || value === '') return null;
    return eventName(String(value));
  };
}
