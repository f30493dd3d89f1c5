import type { Command } from 'commander';
import type { CliContext } from '../context.ts';

/** Adds one command to the program. Heavy modules are imported in its action, so that `--help` stays quick. */
export type RegisterCommand = (program: Command, context: CliContext) => void;
