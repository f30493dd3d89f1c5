import { isHeadgateError } from '../../../foundation/errors.ts';
import { Exit, type CliContext } from '../../context.ts';
import { renderError } from '../../output/problem.ts';

/**
 * Does `work` for each id, also when it fails for some: each failure is shown with its id. Answers the results; when there
 * was a failure, `finish` is called with them and the command ends with the exit code of the first one.
 */
export async function forEachId<T>(
  ids: readonly string[],
  work: (id: string) => Promise<T>,
  finish: (results: readonly T[]) => void,
  context: CliContext,
): Promise<void> {
  const results: T[] = [];
  let code = 0;
  for (const id of ids) {
    try {
      results.push(await work(id));
    } catch (error) {
      if (!isHeadgateError(error)) throw error;
      if (ids.length > 1) context.terminal.err(`${id}: `);
      context.terminal.err(renderError(error, context.style));
      code ||= error.exitCode;
    }
  }
  finish(results);
  if (code !== 0) throw new Exit(code);
}
