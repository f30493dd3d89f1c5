/** What a failed write of a whole batch means. */
import type { HeadgateError } from '../../foundation/errors.ts';

/**
 * `down`: nobody can deliver there now; it waits, and no attempt is used up. `retry`: the batch is tried again as often as the
 * policy says, and then taken apart. `apart`: trying the same again cannot help, so it is taken apart at once. `stall`: a
 * person must act.
 */
export type FailureClass = 'down' | 'retry' | 'apart' | 'stall';

export function classify(error: Pick<HeadgateError, 'code' | 'retryable'>): FailureClass {
  switch (error.code) {
    case 'destination_unreachable':
      return 'down';
    case 'destination_gone':
      return 'stall';
    default:
      if (needsPerson(error)) return 'stall';
      return error.retryable ? 'retry' : 'apart';
  }
}

/** Errors of the declaration or the machine's settings: nothing gets better by trying again. */
export function needsPerson(error: Pick<HeadgateError, 'code' | 'retryable'>): boolean {
  if (error.retryable) return false;
  return NEEDS_PERSON.has(error.code);
}

const NEEDS_PERSON: ReadonlySet<string> = new Set([
  'address_refused',
  'path_refused',
  'invalid_settings',
  'invalid_transform',
  'reference_not_found',
  'literal_secret',
  'destination_gone',
]);
