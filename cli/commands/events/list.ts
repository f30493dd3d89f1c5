import type { EventView } from '../../../api/views/event.ts';
import { countArgument, type ResourceOptions } from '../../options.ts';
import { eventTable } from '../../output/events.ts';
import { jsonDocument } from '../../output/json.ts';
import { connect } from '../../target.ts';
import type { RegisterCommand } from '../command.ts';
import { timeArgument, withFilter, type FilterOptions } from './options.ts';

interface ListOptions extends ResourceOptions, FilterOptions {
  readonly from?: string;
  readonly to?: string;
  readonly limit: number;
}

export const registerList: RegisterCommand = (events, context) => {
  const time = timeArgument(context.clock);
  withFilter(
    events
      .command('list')
      .description('List events, newest first')
      .argument('[pipeline]', 'only of this pipeline')
      .option('--from <time>', 'received at or after: a time, or how long ago, such as 1h', time)
      .option('--to <time>', 'received before', time)
      .option('--limit <number>', 'how many', countArgument, 20),
  ).action(async (pipeline: string | undefined, options: ListOptions) => {
    const query = {
      pipeline_id: pipeline,
      event_type: options.type,
      status: options.status,
      from: options.from,
      to: options.to,
      workspace: options.workspace,
    };
    const found = await connect(context, options).list<EventView>('/v1/events', query, options.limit);
    if (options.json === true) context.terminal.out(jsonDocument(found));
    else if (found.length === 0) context.terminal.err('no events\n');
    else context.terminal.out(eventTable(found, context));
  });
};
