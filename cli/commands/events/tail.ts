import { followEvents } from '../../follow-events.ts';
import type { ResourceOptions } from '../../options.ts';
import { eventLine } from '../../output/events.ts';
import { jsonLine } from '../../output/json.ts';
import { connect } from '../../target.ts';
import type { RegisterCommand } from '../command.ts';
import { timeArgument, withFilter, type FilterOptions } from './options.ts';

interface TailOptions extends ResourceOptions, FilterOptions {
  readonly from?: string;
}

export const registerTail: RegisterCommand = (events, context) => {
  withFilter(
    events
      .command('tail')
      .description('Show events as they arrive, until Ctrl-C')
      .argument('[pipeline]', 'only of this pipeline; needed with a --status beside accepted')
      .option('--from <time>', 'begin in the past: a time, or how long ago, such as 1h', timeArgument(context.clock)),
  ).action(async (pipeline: string | undefined, options: TailOptions) => {
    const query = {
      pipeline_id: pipeline,
      event_type: options.type,
      status: options.status,
      from: options.from,
      workspace: options.workspace,
    };
    const show =
      options.json === true ? jsonLine : (event: Parameters<typeof eventLine>[0]) => eventLine(event, context);
    await followEvents(connect(context, options), query, (event) => context.terminal.out(show(event)), context.signal);
  });
};
