import type { EventDelivery } from '../../event-ports.ts';
import { ChangeFeed } from '../watch.ts';
import type { EventFiles } from './files.ts';

/** How often the files are asked whether others wrote, in milliseconds. Contract of `EventDelivery.watch`: at most 50. */
const POLL_MS = 20;
/** After so many milliseconds a listener that threw is called again. */
const AGAIN_MS = 100;

type Listener = (pipelineId: string | null) => void;

export interface EventWatch {
  readonly watch: EventDelivery['watch'];
  /** This process changed something that readers wait for. */
  notify(pipelineIds: Iterable<string>): void;
  close(): void;
}

/**
 * Tells listeners what this process did at once, and by polling that others did something. What a reader writes itself wakes
 * nobody.
 */
export function eventWatch({ log, delivery }: EventFiles): EventWatch {
  const listeners = new Set<Listener>();
  const changed = new Set<string>();
  const feeds = [log, delivery].map((database) => new ChangeFeed(() => database.version(), POLL_MS));
  let stops: readonly (() => void)[] = [];

  const call = (pipelineId: string | null): void => {
    let again = false;
    for (const listener of listeners) {
      try {
        listener(pipelineId);
      } catch {
        again = true;
      }
    }
    if (again) setTimeout(() => call(null), AGAIN_MS).unref();
  };

  const close = (): void => {
    listeners.clear();
    for (const stop of stops) stop();
    stops = [];
  };

  return {
    watch: (listener) => {
      const own: Listener = (pipelineId) => listener(pipelineId);
      listeners.add(own);
      if (listeners.size === 1) stops = feeds.map((feed) => feed.subscribe(() => call(null)));
      return () => {
        if (listeners.delete(own) && listeners.size === 0) close();
      };
    },

    notify: (pipelineIds) => {
      if (listeners.size === 0) return;
      if (changed.size === 0) {
        setImmediate(() => {
          const ids = [...changed];
          changed.clear();
          for (const id of ids) call(id);
        });
      }
      for (const id of pipelineIds) changed.add(id);
    },

    close,
  };
}
