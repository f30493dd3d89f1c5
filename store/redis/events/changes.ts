import { randomBytes } from 'node:crypto';
import type { EventDelivery } from '../../event-ports.ts';
import type { RedisConnection } from '../client.ts';

type Listener = (pipelineId: string | null) => void;

/** How often listeners are called without a message: should one have got lost, or a listener have thrown. */
const POLL_MS = 5000;
const AGAIN_MS = 150;

/**
 * Tells listeners of new events, cancelled ones and replays: those of this process at once, those of others by messages.
 * After the connection for messages was away, listeners are called for any pipeline. One that throws is called again a little
 * later.
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
  const listeners = new Set<Listener>();
  const waiting = new Set<string>();
  let stop: (() => void) | null = null;

  const call = (listener: Listener, pipelineId: string | null): void => {
    if (!listeners.has(listener)) return;
    try {
      listener(pipelineId);
    } catch {
      setTimeout(() => call(listener, pipelineId), AGAIN_MS).unref();
    }
  };
  const tell = (pipelineId: string | null): void => {
    for (const listener of listeners) call(listener, pipelineId);
  };
  const start = (): (() => void) => {
    const unsubscribe = redis.subscribe(channel, (message) => {
      if (message === null) return tell(null);
      const space = message.indexOf(' ');
      if (message.slice(0, space) !== origin) tell(message.slice(space + 1));
    });
    const timer = setInterval(() => tell(null), POLL_MS).unref();
    return () => {
      unsubscribe();
      clearInterval(timer);
    };
  };

  return {
    watch: (listener) => {
      const own: Listener = (pipelineId) => listener(pipelineId);
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
