/** Watches one run to its end over server-sent events. */
import { HeadgateError, isHeadgateError } from '../foundation/errors.ts';
import { backoffDelay, sleep } from '../foundation/time.ts';
import type { RunView } from '../api/views/run.ts';
import type { Client } from './client.ts';

/** One log line, as the server sends it. */
export interface LogEntry {
  readonly seq: number;
  readonly at: string;
  readonly level: string;
  readonly message: string;
}

export interface FollowListener {
  /** At every change of status or progress, and at the end. */
  readonly onRun?: (run: RunView) => void;
  /** Left out: logs are not sent. */
  readonly onLog?: (entry: LogEntry) => void;
}

/** A stream that breaks is taken up again this often in a row, with growing waits of 30 seconds in all. */
const MAX_FAILURES = 8;
const BACKOFF = { initial: 200, max: 10_000, jitter: true };
/** No line comes after this one. */
const NO_LOGS = Number.MAX_SAFE_INTEGER;

export function isEnded(run: Pick<RunView, 'status'>): boolean {
  return run.status !== 'pending' && run.status !== 'running';
}

/**
 * Answers the ended run, after its last log line. A connection that breaks is taken up again where it was. Rejects with
 * the signal's reason when that aborts (the run goes on), with `not_found` when the run is removed.
 */
export async function followRun(
  client: Client,
  id: string,
  listener: FollowListener,
  signal: AbortSignal,
): Promise<RunView> {
  const path = `/v1/runs/${encodeURIComponent(id)}/logs`;
  let after = listener.onLog === undefined ? NO_LOGS : 0;
  for (let failures = 0; ;) {
    try {
      for await (const { event, data } of client.events(path, { follow: true, after }, signal)) {
        failures = 0;
        if (event === 'log') {
          const entry = JSON.parse(data) as LogEntry;
          after = entry.seq;
          listener.onLog?.(entry);
        } else if (event === 'run' || event === 'end') {
          const run = JSON.parse(data) as RunView;
          listener.onRun?.(run);
          if (event === 'end') return run;
        }
      }
      // The server ended the stream without an end of the run: it is stopping.
      throw new HeadgateError('unavailable', 'the server closed the stream');
    } catch (error) {
      signal.throwIfAborted();
      failures += 1;
      if (failures > MAX_FAILURES || !mayPass(error)) throw error;
      await sleep(backoffDelay(BACKOFF, failures), signal);
    }
  }
}

function mayPass(error: unknown): boolean {
  return !isHeadgateError(error) || error.code === 'unavailable' || error.code === 'rate_limited';
}

/** What the log of a run holds now. */
export async function showRunLog(
  client: Client,
  id: string,
  show: (entry: LogEntry) => void,
  signal: AbortSignal,
): Promise<void> {
  const path = `/v1/runs/${encodeURIComponent(id)}/logs`;
  for await (const { event, data } of client.events(path, {}, signal)) {
    // What is there now comes first; the state of the run follows it.
    if (event !== 'log') return;
    show(JSON.parse(data) as LogEntry);
  }
}
