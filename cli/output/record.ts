import type { ErrorView } from '../../api/views/error.ts';
import type { ErrorCodeName, ErrorRecord } from '../../foundation/errors.ts';

/** An error as the API shows it, in the form that this program's own errors have. */
export function recordOf(error: ErrorView): ErrorRecord {
  const { code, message, at, hint, issues } = error;
  return {
    code: code as ErrorCodeName,
    message,
    ...(at === null ? {} : { at }),
    ...(hint === null ? {} : { hint }),
    issues: issues.map((issue) => ({
      pointer: issue.pointer,
      message: issue.message,
      ...(issue.at === null ? {} : { at: issue.at }),
      ...(issue.hint === null ? {} : { hint: issue.hint }),
    })),
  };
}
