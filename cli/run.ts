import { CommanderError } from 'commander';
import { ERROR_CODES, toHeadgateError } from '../foundation/errors.ts';
import { Exit, type CliContext } from './context.ts';
import { renderError } from './output/problem.ts';
import { createProgram } from './program.ts';

/** What a command ended by Ctrl-C exits with, as shells do. */
const INTERRUPTED = 130;

/** Runs one command line (without the program's name) and answers the exit code. Never throws. */
export async function runCli(argv: readonly string[], context: CliContext): Promise<number> {
  const program = createProgram(context);
  try {
    await program.parseAsync(argv.length === 0 ? ['help'] : [...argv], { from: 'user' });
    return 0;
  } catch (error) {
    if (error instanceof Exit) return error.code;
    // Help and version are shown by then, and so is what is wrong with the command line.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : ERROR_CODES.invalid_request.exit;
    if (context.signal.aborted && error === context.signal.reason) return INTERRUPTED;
    context.terminal.err(renderError(error, context.style));
    return toHeadgateError(error).exitCode;
  }
}
