import type { RedisConnection } from './client.ts';

/** After so many milliseconds a listener that threw is called again. */
const AGAIN_MS = 150;

/**
 * Calls `listener` soon after a message on `channel`, and after messages may have been missed, until the returned function is
 * called. Messages that come together make one call. A listener that throws is called again a little later. `concerns` tells
 * which messages count; all of them when left out.
 */
export function watchChanges(
  redis: RedisConnection,
  channel: string,
  listener: () => void,
  concerns: (message: string) => boolean = () => true,
): () => void {
  let stopped = false;
  let due = false;
  const tell = (): void => {
    due = false;
    if (stopped) return;
    try {
      listener();
    } catch {
      setTimeout(notify, AGAIN_MS).unref();
    }
  };
  const notify = (): void => {
    if (due) return;
    due = true;
    setImmediate(tell);
  };
  const leave = redis.subscribe(channel, (message) => {
    if (message === null || concerns(message)) notify();
  });
  return () => {
    stopped = true;
    leave();
  };
}
