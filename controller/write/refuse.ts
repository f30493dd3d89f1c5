import { HeadgateError, type ErrorRecord, type Issue } from '../../foundation/errors.ts';

/**
 * Throws when a commit brings errors that its parent had not: those that a sync would report. What was broken before does
 * not keep a change of something else from being made.
 */
export function refuseNewErrors(after: readonly ErrorRecord[], before: readonly ErrorRecord[]): void {
  const known = new Map<string, number>();
  for (const error of before) known.set(sameness(error), (known.get(sameness(error)) ?? 0) + 1);
  const fresh = after.filter((error) => {
    const left = known.get(sameness(error)) ?? 0;
    known.set(sameness(error), left - 1);
    return left <= 0;
  });
  const [first] = fresh;
  if (first === undefined) return;
  const more = fresh.length === 1 ? '' : ` (and ${fresh.length - 1} more)`;
  throw new HeadgateError(first.code, `${first.message}${more}`, {
    ...(first.at === undefined ? {} : { at: first.at }),
    ...(first.hint === undefined ? {} : { hint: first.hint }),
    issues: fresh.flatMap(issuesOf).slice(0, MAX_ISSUES),
  });
}

const MAX_ISSUES = 100;

function issuesOf(error: ErrorRecord): readonly Issue[] {
  if (error.issues !== undefined && error.issues.length > 0) return error.issues;
  const { code, message, at, hint } = error;
  return [
    {
      pointer: '',
      message,
      code,
      ...(at === undefined ? {} : { at }),
      ...(hint === undefined ? {} : { hint }),
    },
  ];
}

/** An edit moves lines: errors are the same when they say the same of the same file. */
function sameness({ code, message, at = '' }: ErrorRecord): string {
  return [code, message, at].join('\n').replace(/:\d+(:\d+)?/g, '');
}
