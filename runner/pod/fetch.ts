/** How a Pod comes by its store and its assignment, which may both be late. */
import { HeadgateError, isHeadgateError, messageOf } from '../../foundation/errors.ts';
import type { Logger } from '../../foundation/log.ts';
import { backoffDelay, sleep, type Backoff } from '../../foundation/time.ts';
import type { Store } from '../../store/ports.ts';
import type { Handed } from '../handed.ts';
import type { PodEnvironment } from './settings.ts';

export interface Patience {
  /** How long a store that cannot be reached is tried again, in milliseconds. */
  readonly storeMs: number;
  /** How long an assignment that is not there is looked for, in milliseconds: a replica may be behind. */
  readonly blobMs: number;
}

export const PATIENCE: Patience = { storeMs: 120_000, blobMs: 10_000 };
/**
 * Of a stream, which has nothing else to do. When it gives up, the kubelet starts it again, and for one that ran for ten minutes it
 * does so at once: an outage of the store leaves no delay behind.
 */
export const STREAM_PATIENCE: Patience = { ...PATIENCE, storeMs: 660_000 };
const AGAIN: Backoff = { initial: 250, max: 5000, jitter: true };

/** Opens the store, also one that is down for a while. Throws its last error once the time is over. */
export function openPatiently(
  open: () => Promise<Store>,
  { storeMs }: Pick<Patience, 'storeMs'>,
  log: Logger,
  signal: AbortSignal,
): Promise<Store> {
  return patiently(open, storeMs, log, signal);
}

/**
 * The assignment that the environment names. Throws `not_found` when it is not there in time: it has run out, or was taken
 * back.
 */
export async function fetchAssignment(
  blobs: Store['blobs'],
  { assignment, task }: Pick<PodEnvironment, 'assignment' | 'task'>,
  { storeMs, blobMs }: Patience,
  log: Logger,
  signal: AbortSignal,
): Promise<Handed> {
  const end = performance.now() + blobMs;
  for (let attempt = 1; ; attempt++) {
    const bytes = await patiently(() => blobs.get(assignment, Date.now()), storeMs, log, signal);
    if (bytes !== null) {
      const handed = JSON.parse(Buffer.from(bytes).toString('utf8')) as Handed;
      if (handed.kind !== task.kind) throw new HeadgateError('internal', `blob ${assignment} is a ${handed.kind}`);
      return handed;
    }
    if (performance.now() > end) {
      throw new HeadgateError('not_found', `the assignment ${assignment} is not in the store`, {
        hint: 'it has run out or was taken back; the controller starts another Pod where one is needed',
      });
    }
    await sleep(backoffDelay(AGAIN, attempt), signal);
  }
}

/** Tries again what failed because the store could not be reached. */
export async function patiently<T>(
  work: () => Promise<T>,
  limitMs: number,
  log: Logger,
  signal: AbortSignal,
): Promise<T> {
  const end = performance.now() + limitMs;
  for (let attempt = 1; ; attempt++) {
    signal.throwIfAborted();
    try {
      return await work();
    } catch (error) {
      const reachable = !isHeadgateError(error) || error.code !== 'unavailable';
      if (reachable || performance.now() > end) throw error;
      log.warn({ reason: messageOf(error) }, 'the store cannot be reached; trying again');
    }
    await sleep(backoffDelay(AGAIN, attempt), signal);
  }
}
