/**
 * Does `work` with a signal that aborts with the first of `signals`, with its reason, and after `ms` with a `TimeoutError`. It holds on
 * to none of them once `work` has ended. `AbortSignal.any` does not serve for each of thousands of calls: Node 24 never frees one over
 * another one over `AbortSignal.timeout`.
 */
export async function limited<T>(
  ms: number,
  signals: readonly (AbortSignal | undefined)[],
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const given = signals.filter((signal) => signal !== undefined);
  const stop = (): void => controller.abort(given.find(({ aborted }) => aborted)?.reason);
  const late = (): void => controller.abort(new DOMException(`it took longer than ${ms} ms`, 'TimeoutError'));
  const timer = setTimeout(late, ms);
  timer.unref();
  for (const signal of given) signal.addEventListener('abort', stop);
  if (given.some(({ aborted }) => aborted)) stop();
  try {
    return await work(controller.signal);
  } finally {
    clearTimeout(timer);
    for (const signal of given) signal.removeEventListener('abort', stop);
  }
}
