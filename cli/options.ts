/** Options that several commands share, worded once. */
import { InvalidArgumentError, Option, type Command } from 'commander';
import { isHeadgateError } from '../foundation/errors.ts';
import { parseDuration } from '../foundation/time.ts';
import type { TargetOptions } from './target.ts';

export interface ServerOptions extends TargetOptions {
  readonly json?: boolean;
}

export interface ResourceOptions extends ServerOptions {
  readonly workspace?: string;
}

/** `--server`, `--token`, `--data`, `--json`. */
export function withServer(command: Command): Command {
  return withData(
    withJson(command)
      .addOption(new Option('--server <url>', 'address of the server').helpGroup('Server:'))
      .addOption(new Option('--token <token>', 'token to use').helpGroup('Server:')),
  );
}

/** The same with `--workspace`, for commands about resources. */
export function withResource(command: Command): Command {
  return withServer(command.option('-w, --workspace <name>', 'workspace of the resource'));
}

export function withData(command: Command): Command {
  return command.addOption(
    new Option('--data <folder>', 'data folder of the server on this machine').helpGroup('Server:'),
  );
}

export function withJson(command: Command): Command {
  return command.option('--json', 'JSON for programs');
}

/** For commander: milliseconds of `30s`. */
export function durationArgument(text: string): number {
  try {
    return parseDuration(text);
  } catch (error) {
    throw new InvalidArgumentError(isHeadgateError(error) ? `${error.message}; ${error.hint}` : String(error));
  }
}

/** For commander: a whole number of at least 1. */
export function countArgument(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) throw new InvalidArgumentError('must be a whole number, 1 or more');
  return value;
}

/** For commander: collects `--var NAME=value`. */
export function variableArgument(
  text: string,
  previous: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const split = text.indexOf('=');
  if (split < 1) throw new InvalidArgumentError('write NAME=value');
  return { ...previous, [text.slice(0, split)]: text.slice(split + 1) };
}
