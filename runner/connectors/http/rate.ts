import { sleep } from '../../../foundation/time.ts';

/** Resolves when the next request may start: at even distances, without saving up for bursts. */
export type Pacer = (signal: AbortSignal) => Promise<void>;

/** `perSecond` undefined: no limit. */
export function createPacer(perSecond: number | undefined): Pacer {
  if (perSecond === undefined) return () => Promise.resolve();
  let next = 0;
  return async (signal) => {
    const now = performance.now();
    const at = Math.max(now, next);
    next = at + 1000 / perSecond;
    if (at > now) await sleep(at - now, signal);
  };
}
