import type { EventView } from '../../../api/views/event.ts';
import { withServer, type ServerOptions } from '../../options.ts';
import { jsonDocument } from '../../output/json.ts';
import { connect } from '../../target.ts';
import type { RegisterCommand } from '../command.ts';
import { forEachId } from './each.ts';

export const registerRetry: RegisterCommand = (events, context) => {
  const { terminal } = context;
  withServer(
    events
      .command('retry')
      .description('Send settled events once more, each as a new event that is linked to the first')
      .argument('<id...>', 'ids of events'),
  ).action(async (ids: readonly string[], options: ServerOptions) => {
    const client = connect(context, options);
    const retry = async (id: string): Promise<EventView> => {
      const made = await client.post<EventView>(`/v1/events/${encodeURIComponent(id)}/retry`);
      if (options.json !== true) terminal.out(`event ${made.id} retries ${id}\n`);
      return made;
    };
    const finish = (made: readonly EventView[]): void => {
      if (options.json === true) terminal.out(jsonDocument(made));
    };
    await forEachId(ids, retry, finish, context);
  });
};
