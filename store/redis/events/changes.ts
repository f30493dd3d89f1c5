import { randomBytes } from 'node:crypto';
import type { EventDelivery } from '../../event-ports.ts';
import type { RedisConnection } from '../client.ts';

/** How often listeners are called while messages may get lost. */
const POLL_MS = 1000;

/**
 * Tells listeners of new events, cancelled ones and replays: those of this process at once, those of others by messages.
 * While there is no connection for messages, and once after it came back, listeners are called for any pipeline.
 */
export interface Changes {
  readonly watch: EventDelivery['watch'];
  /** This process has changed something. */
  notify(pipelineId: string): void;
  /** What scripts publish: channel and message. */
  message(pipelineId: string): readonly [channel: string, message: string];
}

export function eventChanges(redis: RedisConnection): Changes {
  const channel = redis.keys.channel('events');
  const origin = randomBytes(6).toString('base64url');
  const listeners = new Set<(pipelineId: string | null) => void>();
  const waiting = new Set<string>();
  let stop: (() => void) | null = null;

  const tell = (pipelineId: string | null): void => {
    for (const listener of listeners) listener(pipelineId);
  };
  const start = (): (() => void) => {
    const unsubscribe = redis.subscribe(channel, (message) => {
      if (message === null) return tell(null);
      const space = message.indexOf(' ');
      if (message.slice(0, space) !== origin) tell(message.slice(space + 1));
    });
    // A message that Redis could not deliver, and whatever else is missed, is made good.
    const timer = setInterval(() => tell(null), POLL_MS).unref();
    return () => {
      unsubscribe();
      clearInterval(timer);
    };
  };

  return {
    watch: (listener) => {
      const own = (pipelineId: string | null): void => listener(pipelineId);
      listeners.add(own);
      stop ??= start();
      return () => {
        listeners.delete(own);
        if (listeners.size > 0 || stop === null) return;
        stop();
        stop = null;
      };
    },
    notify: (pipelineId) => {
      if (listeners.size === 0) return;
      // Many appends in one turn of the event loop make one call.
      if (waiting.size === 0) {
        setImmediate(() => {
          const changed = [...waiting];
          waiting.clear();
          for (const id of changed) tell(id);
        });
      }
      waiting.add(pipelineId);
    },
    message: (pipelineId) => [channel, `${origin} ${pipelineId}`],
  };
}
