/** Options of a command from variables of the environment, for those who start it in a container. */
import type { Command, Option } from 'commander';
import { InvalidArgumentError } from 'commander';
import { HeadgateError } from '../../foundation/errors.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** `maxRuns` is `HEADGATE_MAX_RUNS`. */
export function variableOf(option: Pick<Option, 'attributeName'>): string {
  return `HEADGATE_${option.attributeName().replaceAll(/[A-Z]/g, (letter) => `_${letter}`)}`.toUpperCase();
}

/**
 * Sets each option that was not given on the command line from its variable, where that is there and not empty. What may be given
 * several times is separated by commas. Throws `invalid_request` naming the variable.
 */
export function applyEnvironment(command: Command, env: Env): void {
  for (const option of command.options) {
    const name = variableOf(option);
    const text = env[name];
    const source = command.getOptionValueSource(option.attributeName());
    if (text === undefined || text === '' || source === 'cli') continue;
    command.setOptionValueWithSource(option.attributeName(), valueOf(option, name, text), 'env');
  }
}

function valueOf(option: Option, name: string, text: string): unknown {
  if (!option.required && !option.optional) return flagOf(name, text);
  const { parseArg } = option;
  if (parseArg === undefined) return text;
  try {
    if (!Array.isArray(option.defaultValue)) return parseArg(text, undefined as never);
    let values: unknown = [];
    for (const part of text.split(',')) values = parseArg(part.trim(), values as never);
    return values;
  } catch (error) {
    if (!(error instanceof InvalidArgumentError)) throw error;
    throw new HeadgateError('invalid_request', `${name} is '${text.slice(0, 100)}': ${error.message}`, {
      hint: `see ${option.flags} in \`headgate serve --help\``,
    });
  }
}

function flagOf(name: string, text: string): boolean {
  if (/^(true|1|yes|on)$/i.test(text)) return true;
  if (/^(false|0|no|off)$/i.test(text)) return false;
  throw new HeadgateError('invalid_request', `${name} is '${text.slice(0, 100)}'`, { hint: 'write true or false' });
}
