/** Options of the commands on events, worded once. */
import { InvalidArgumentError, Option, type Command } from 'commander';
import { isHeadgateError } from '../../../foundation/errors.ts';
import { parseDuration, rfc3339, type Clock } from '../../../foundation/time.ts';
import type { EventStatus } from '../../../store/event-ports.ts';
import { withResource } from '../../options.ts';

/** Written out, so that `--help` need not load the store. */
const STATUSES = ['accepted', 'delivered', 'failed', 'cancelled'] satisfies EventStatus[];

export interface FilterOptions {
  readonly type?: string;
  readonly status?: string;
}

/** `--type`, `--status`, `--workspace` and those of every command. */
export function withFilter(command: Command): Command {
  return withResource(withFilterOptions(command));
}

export function withFilterOptions(command: Command): Command {
  return command
    .option('--type <type>', 'only events of this type')
    .addOption(new Option('--status <status>', 'only events with this status').choices(STATUSES));
}

/** For commander: RFC 3339 of a time, a day, or a duration before now. */
export function timeArgument(clock: Clock): (text: string) => string {
  return (text) => {
    if (/^\d{4}-\d{2}-\d{2}/.test(text)) {
      const time = Date.parse(text);
      if (!Number.isNaN(time)) return rfc3339(time);
    } else {
      try {
        return rfc3339(clock() - parseDuration(text));
      } catch (error) {
        if (!isHeadgateError(error)) throw error;
      }
    }
    throw new InvalidArgumentError('write a time such as 2026-04-15T00:00:00Z, or how long ago, such as 1h');
  };
}
