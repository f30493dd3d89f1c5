import { Command } from 'commander';
import { registerCommands } from './commands/index.ts';
import type { CliContext } from './context.ts';

const EPILOGUE = `
The server is found in this order: --server, HEADGATE_SERVER, the data folder of a server on this machine
(--data, HEADGATE_DATA, else ./.headgate). The token: --token, HEADGATE_TOKEN, HEADGATE_ADMIN_TOKEN, the data folder.
Exit codes: 0 done; 1 wrong input or failed; 3 not allowed; 4 not found; 5 conflict; 6 try again later; 7 store.
`;

/** The command line as a whole. Errors of usage come as `CommanderError`, shown already. */
export function createProgram(context: CliContext): Command {
  const { terminal } = context;
  const program = new Command('headgate')
    .description('Runs data pipelines from Git.')
    .version(context.version, '-V, --version', 'show the version')
    .helpOption('-h, --help', 'show help')
    .helpCommand('help [command]', 'show the help of a command')
    .addHelpText('after', EPILOGUE)
    .showSuggestionAfterError(true)
    .showHelpAfterError('(add --help for what is possible)')
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.out(text),
      writeErr: (text) => terminal.err(text),
      getOutHelpWidth: () => Math.min(terminal.width ?? 100, 120),
      getErrHelpWidth: () => Math.min(terminal.width ?? 100, 120),
      getOutHasColors: () => terminal.color,
      getErrHasColors: () => terminal.color,
    });
  registerCommands(program, context);
  return program;
}
