import type { EventView } from '../../../api/views/event.ts';
import { withServer, type ServerOptions } from '../../options.ts';
import { describeEvent } from '../../output/events.ts';
import { jsonDocument } from '../../output/json.ts';
import { connect } from '../../target.ts';
import type { RegisterCommand } from '../command.ts';

export const registerGet: RegisterCommand = (events, context) => {
  withServer(
    events
      .command('get')
      .description('Show everything about an event: payload, fate, attempts')
      .argument('<id>', 'id of the event'),
  ).action(async (id: string, options: ServerOptions) => {
    const event = await connect(context, options).get<EventView>(`/v1/events/${encodeURIComponent(id)}`);
    context.terminal.out(options.json === true ? jsonDocument(event) : describeEvent(event, context));
  });
};
