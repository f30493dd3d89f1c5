import { TimeoutError } from './errors.ts';

/** A signal that also a deadline can abort. */
export interface Deadline {
  readonly signal: AbortSignal;
  /** Counts anew from now. */
  restart(): void;
  /** Takes the deadline away; the caller's own signal still counts. */
  lift(): void;
  /** Lets go of everything. */
  close(): void;
}

/** Timers of JavaScript know no longer time; what is more, is never over. */
const LONGEST_MS = 2 ** 31 - 1;

/** Aborts with a `TimeoutError` after `ms`, and with the reason of `outer` when that aborts. */
export function deadline(ms: number, what: string, outer: AbortSignal | undefined): Deadline {
  const controller = new AbortController();
  const forward = (): void => controller.abort(outer?.reason);
  if (outer?.aborted === true) forward();
  outer?.addEventListener('abort', forward, { once: true });
  let timer: ReturnType<typeof setTimeout> | undefined;
  const lift = (): void => clearTimeout(timer);
  const restart = (): void => {
    lift();
    if (ms > LONGEST_MS) return;
    timer = setTimeout(() => controller.abort(new TimeoutError(`${what}: nothing within ${ms} ms`)), ms);
  };
  restart();
  return {
    signal: controller.signal,
    restart,
    lift,
    close: () => {
      lift();
      outer?.removeEventListener('abort', forward);
    },
  };
}

/** Rejects with the reason of the signal when that aborts first. */
export function sleep(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) {
      reject(signal.reason as Error);
      return;
    }
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal?.reason as Error);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, ms);
    signal?.addEventListener('abort', stop, { once: true });
  });
}
