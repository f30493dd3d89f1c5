import { rfc3339 } from '../../foundation/time.ts';
import type { RunRecord, StoredLogLine } from '../../store/ports.ts';
import type { RouteDeps } from '../deps.ts';
import { isEnded } from './ended.ts';
import { runChange } from './watch.ts';

/** Lines read from the store at a time: what bounds the memory of a stream, since the next are read once these are sent. */
const BATCH = 500;

/** `2026-11-21T09:00:00.000Z INFO Starting pipeline` */
export function formatLine({ at, level, message }: StoredLogLine): string {
  return `${rfc3339(at)} ${level.toUpperCase()} ${message}`;
}

/** All lines after `after`, in batches. */
export async function* readLogs(deps: RouteDeps, id: string, after: number): AsyncGenerator<readonly StoredLogLine[]> {
  let last = after;
  for (;;) {
    const lines = await deps.store.runs.logs(id, last, BATCH);
    if (lines.length > 0) yield lines;
    if (lines.length < BATCH) return;
    last = lines.at(-1)!.seq;
  }
}

export type LogEvent =
  | { readonly type: 'lines'; readonly lines: readonly StoredLogLine[] }
  /** The run's status or progress changed. */
  | { readonly type: 'run'; readonly run: RunRecord }
  /** Nothing to tell for a while: keeps proxies from closing the connection. */
  | { readonly type: 'idle' }
  /** The run has ended, and everything was sent. */
  | { readonly type: 'end'; readonly run: RunRecord };

const IDLE_MS = 15_000;

/**
 * Lines after `after` and changes of the run, as they come, until the run has ended. Ends without `end` when `signal` or
 * the server's closing aborts, and when the run is deleted.
 */
export async function* followRun(
  deps: RouteDeps,
  id: string,
  after: number,
  signal: AbortSignal,
): AsyncGenerator<LogEvent> {
  const stop = AbortSignal.any([signal, deps.closing]);
  using changes = runChange(deps.store.runs);
  let last = after;
  let shown = '';
  let spoke = Date.now();
  while (!stop.aborted) {
    // The status is read before the lines: what an ended run has logged is then all there.
    const run = await deps.store.runs.get(id);
    if (run === null) return;
    for await (const lines of readLogs(deps, id, last)) {
      if (stop.aborted) return;
      yield { type: 'lines', lines };
      last = lines.at(-1)!.seq;
      spoke = Date.now();
    }
    const state = JSON.stringify([run.status, run.progress, run.cancelRequestedAt]);
    if (state !== shown) {
      shown = state;
      spoke = Date.now();
      yield { type: 'run', run };
    }
    if (isEnded(run)) return yield { type: 'end', run };
    if (Date.now() - spoke >= IDLE_MS) {
      spoke = Date.now();
      yield { type: 'idle' };
    }
    await changes.next(stop);
  }
}
