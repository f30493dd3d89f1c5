import { HeadgateError, messageOf } from '../../../../foundation/errors.ts';

const FULL = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

/** What the file system answered, as a failure of the destination that may pass without a change of the pipeline. */
export function storageError(error: unknown, path: string): HeadgateError {
  if (error instanceof HeadgateError) return error;
  if (FULL.has(String((error as NodeJS.ErrnoException).code))) {
    return new HeadgateError('destination_failed', `there is no space left for '${path}'`, {
      retryable: true,
      hint: 'free space; delivery goes on by itself',
      cause: error,
    });
  }
  return new HeadgateError('destination_failed', `'${path}' cannot be written: ${messageOf(error)}`, {
    retryable: true,
    cause: error,
  });
}
