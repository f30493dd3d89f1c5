import { HeadgateError, messageOf } from '../../../../foundation/errors.ts';

const FULL = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

/**
 * What the file system answered: `destination_unreachable`, since no record is to blame for it. Delivery waits until it
 * can write.
 */
export function storageError(error: unknown, path: string): HeadgateError {
  if (error instanceof HeadgateError) return error;
  const isFull = FULL.has(String((error as NodeJS.ErrnoException).code));
  const message = isFull ? `there is no space left for '${path}'` : `'${path}' cannot be written: ${messageOf(error)}`;
  return new HeadgateError('destination_unreachable', message, {
    retryable: true,
    ...(isFull ? { hint: 'free space; delivery goes on by itself' } : {}),
    cause: error,
  });
}
