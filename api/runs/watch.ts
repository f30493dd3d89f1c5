import type { Runs } from '../../store/ports.ts';

/** Longest wait for a notification before the caller looks again by itself, in milliseconds. */
const LOOK_AGAIN_MS = 1000;

export interface RunChanges extends Disposable {
  /** Resolves soon after something changed since the last call; also after a second, and at once when `signal` aborts. */
  next(signal: AbortSignal): Promise<void>;
}

/** Notifications of the store as something to wait for. Dispose of it to stop listening. */
export function runChange(runs: Pick<Runs, 'watch'>): RunChanges {
  let changed = false;
  let wake: (() => void) | undefined;
  const stop = runs.watch(() => {
    changed = true;
    wake?.();
  });
  return {
    next(signal) {
      return new Promise((resolve) => {
        if (changed || signal.aborted) {
          changed = false;
          return resolve();
        }
        const timer = setTimeout(() => wake?.(), LOOK_AGAIN_MS);
        wake = () => {
          clearTimeout(timer);
          signal.removeEventListener('abort', wake!);
          wake = undefined;
          changed = false;
          resolve();
        };
        signal.addEventListener('abort', wake, { once: true });
      });
    },
    [Symbol.dispose]: stop,
  };
}
