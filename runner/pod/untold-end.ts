/**
 * How a run ended, when the store could not be told: left for the platform, which hands it to the controller as the
 * termination message of the container (`controller/kubernetes/runners/told-end.ts` reads it).
 */
import { writeFileSync } from 'node:fs';
import { messageOf } from '../../foundation/errors.ts';
import type { Logger } from '../../foundation/log.ts';
import type { RunOutcome } from '../../store/ports.ts';

/** Where a container of Kubernetes leaves it, unless its template says otherwise. */
export const TERMINATION_LOG = '/dev/termination-log';
/** Kubernetes cuts off what is longer, in bytes. */
const MAX_MESSAGE = 4096;

/** The JSON of it; without the preview of a dry run where it would be too long, and null where it is too long even so. */
export function endMessage(outcome: RunOutcome): string | null {
  const { preview: _, ...rest } = outcome;
  const texts = [outcome, rest].map((runEnded) => JSON.stringify({ runEnded }));
  return texts.find((text) => Buffer.byteLength(text) <= MAX_MESSAGE) ?? null;
}

/** Leaves it at `path`; what does not work is logged. */
export function leaveEnd(path: string, outcome: RunOutcome, log: Logger): void {
  const message = endMessage(outcome);
  if (message === null) return log.error('the end of the run is too long to be told without the store');
  try {
    writeFileSync(path, message);
    log.warn(
      'the store does not take the end of the run yet: until it does, it is left as the last words of this container',
    );
  } catch (error) {
    log.error({ reason: messageOf(error) }, 'the end of the run could not be told without the store');
  }
}
