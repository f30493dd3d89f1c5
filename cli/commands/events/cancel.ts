import type { EventView } from '../../../api/views/event.ts';
import type { ReplayView } from '../../../api/views/replay.ts';
import { withServer, type ServerOptions } from '../../options.ts';
import { jsonDocument } from '../../output/json.ts';
import { connect } from '../../target.ts';
import type { RegisterCommand } from '../command.ts';
import { forEachId } from './each.ts';

type Cancelled = EventView | ReplayView;

export const registerCancel: RegisterCommand = (events, context) => {
  const { terminal } = context;
  withServer(
    events
      .command('cancel')
      .description('Leave events that wait out of delivery, or stop replays')
      .argument('<id...>', 'ids of events or replays'),
  ).action(async (ids: readonly string[], options: ServerOptions) => {
    const client = connect(context, options);
    const cancel = async (id: string): Promise<Cancelled> => {
      const isReplay = id.startsWith('rpl_');
      const path = `/v1/events/${isReplay ? 'replays/' : ''}${encodeURIComponent(id)}/cancel`;
      const cancelled = await client.post<Cancelled>(path);
      const said = cancelled.status === 'cancelled' ? 'cancelled' : `${cancelled.status}, will stop soon`;
      if (options.json !== true) terminal.out(`${isReplay ? 'replay' : 'event'} ${id} ${said}\n`);
      return cancelled;
    };
    const finish = (all: readonly Cancelled[]): void => {
      if (options.json === true) terminal.out(jsonDocument(all));
    };
    await forEachId(ids, cancel, finish, context);
  });
};
