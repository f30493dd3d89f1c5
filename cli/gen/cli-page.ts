/** `docs/reference/cli.md`, made from the program itself, so that it says what the program does. */
import type { Argument, Command, Option } from 'commander';
import { GENERATED } from '../../crds/gen/pages.ts';
import { ERROR_CODES } from '../../foundation/errors.ts';
import { createContext } from '../context.ts';
import { createProgram } from '../program.ts';

const INTRODUCTION = `${GENERATED}

# Command line

\`headgate <command> --help\` shows the same in the terminal. Results go to standard output, everything else to standard
error. In a pipe nothing is cut, coloured or rewritten; \`NO_COLOR\` switches colours off everywhere.

## Server and token

Commands that talk to a server find it in this order: \`--server\`, \`HEADGATE_SERVER\`, and \`server.json\` in the data folder,
which \`headgate serve\` writes. The data folder is \`--data\`, \`HEADGATE_DATA\`, or \`.headgate\` in the current folder.
The token: \`--token\`, \`HEADGATE_TOKEN\`, \`HEADGATE_ADMIN_TOKEN\`, and \`admin-token\` in the data folder, which is sent to no
other server than the one of that folder.

## JSON

With \`--json\` a command prints one JSON document; where it goes on for a while (\`logs\`, \`run --follow\`, \`events tail\`,
\`events send\`) one object a line.
Times are RFC 3339. Errors stay on standard error as text, and the exit code tells the kind.
`;

export function cliPage(): string {
  const program = createProgram(
    createContext({
      env: { all: {} },
      terminal: {
        out: () => undefined,
        err: () => undefined,
        width: undefined,
        live: false,
        color: false,
        readInput: () => Promise.resolve(new Uint8Array()),
        input: null,
      },
      cwd: '/',
      clock: () => 0,
      version: '',
      signal: new AbortController().signal,
    }),
  );
  return [INTRODUCTION, exitCodes(), '## Commands\n', ...commandsOf(program).map(section)].join('\n');
}

const FAILED = 'wrong input, or the work failed: every error that is not named below';

const errorLink = ([name]: readonly [string, unknown]): string => `[\`${name}\`](errors.md#${name})`;

function exitCodes(): string {
  const errors = Map.groupBy(Object.entries(ERROR_CODES), ([, { exit }]) => exit);
  const rows = [...errors]
    .map(([exit, codes]) => [exit, exit === 1 ? FAILED : codes.map(errorLink).join(', ')] as const)
    .concat([
      [0, 'done; `plan`: nothing to do'],
      [2, '`plan`: there are changes'],
      [124, '`run --timeout`: the time is up, the run goes on'],
      [130, 'ended by Ctrl-C'],
    ])
    .sort(([a], [b]) => a - b)
    .map(([exit, meaning]) => `| ${exit} | ${meaning} |`);
  return ['## Exit codes\n', '| code | meaning |', '| --- | --- |', ...rows, ''].join('\n');
}

function commandsOf(command: Command): Command[] {
  return command.commands.flatMap((child) => (child.commands.length === 0 ? [child] : commandsOf(child)));
}

function section(command: Command): string {
  const name = pathOf(command);
  const lines = [`### ${name}\n`, `${command.description()}.\n`, `\`\`\`text\n${usage(command, name)}\n\`\`\`\n`];
  const rows = [...command.registeredArguments.map(argumentRow), ...command.options.map(optionRow)];
  if (rows.length > 0) lines.push('| argument or option | |', '| --- | --- |', ...rows, '');
  return lines.join('\n');
}

function pathOf(command: Command): string {
  const parent = command.parent?.parent == null ? '' : `${pathOf(command.parent)} `;
  return parent + command.name();
}

function usage(command: Command, name: string): string {
  const placeholders = command.registeredArguments.map((argument) => ` ${placeholder(argument)}`).join('');
  return `headgate ${name}${command.options.length === 0 ? '' : ' [options]'}${placeholders}`;
}

function placeholder(argument: Argument): string {
  const name = argument.name() + (argument.variadic ? '...' : '');
  return argument.required ? `<${name}>` : `[${name}]`;
}

const argumentRow = (argument: Argument): string =>
  `| \`${placeholder(argument).replaceAll('|', '\\|')}\` | ${cell(argument.description)}${choices(argument.argChoices)} |`;

const optionRow = (option: Option): string =>
  `| \`${option.flags.replaceAll('|', '\\|')}\` | ${cell(option.description)}${choices(option.argChoices)}${fallback(option)} |`;

const cell = (text: string): string => text.replaceAll('|', '\\|');

const choices = (values: readonly string[] | undefined): string =>
  values === undefined ? '' : `: ${values.map((value) => `\`${value}\``).join(', ')}`;

function fallback({ defaultValue, defaultValueDescription }: Option): string {
  const value: unknown = defaultValueDescription ?? (defaultValue as unknown);
  const empty = value === undefined || value === false || (Array.isArray(value) && value.length === 0);
  return empty ? '' : ` (default: \`${typeof value === 'string' ? value : JSON.stringify(value)}\`)`;
}
