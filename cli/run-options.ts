/** What a run can be asked for, on a server and in a cluster alike. */
import type { Command } from 'commander';
import { durationArgument, variableArgument } from './options.ts';

export interface RunOptions {
  readonly wait?: boolean;
  readonly follow?: boolean;
  readonly fullRefresh?: boolean;
  readonly dryRun?: boolean;
  readonly var?: Readonly<Record<string, string>>;
  /** Milliseconds. */
  readonly timeout?: number;
}

/** What `--timeout` exits with, as `timeout(1)` does. */
export const TIMED_OUT = 124;

/** `dryRun` words what becomes of a dry run there. */
export function withRunOptions(command: Command, dryRun: string): Command {
  return command
    .option('--wait', 'wait for its end; fails when the run fails')
    .option('--follow', 'the same, and show its log')
    .option('--full-refresh', 'forget the incremental state and read everything')
    .option('--dry-run', dryRun)
    .option('--var <NAME=value>', 'override a variable; may be repeated', variableArgument)
    .option(
      '--timeout <duration>',
      `wait for at most so long, such as 10m; then exit code ${TIMED_OUT}`,
      durationArgument,
    );
}
