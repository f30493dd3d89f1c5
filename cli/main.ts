/** The entry point of the command `headgate`. */
import { processContext } from './process-context.ts';
import { runCli } from './run.ts';

process.exitCode = await runCli(process.argv.slice(2), processContext(process));
