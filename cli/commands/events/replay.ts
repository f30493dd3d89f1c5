import type { ReplayView } from '../../../api/views/replay.ts';
import { HeadgateError } from '../../../foundation/errors.ts';
import { countArgument, withResource, type ResourceOptions } from '../../options.ts';
import { connect } from '../../target.ts';
import type { RegisterCommand } from '../command.ts';
import { timeArgument, withFilterOptions, type FilterOptions } from './options.ts';
import { showReplay } from './show-replay.ts';

interface ReplayOptions extends ResourceOptions, FilterOptions {
  readonly pipeline?: string;
  readonly from?: string;
  readonly to?: string;
  readonly deadLetters?: boolean;
  readonly rate?: number;
  readonly wait?: boolean;
}

export const registerReplay: RegisterCommand = (events, context) => {
  const time = timeArgument(context.clock);
  withResource(
    withFilterOptions(
      events
        .command('replay')
        .description('Bring settled events to the destinations once more: some by id, a window, or the dead letters')
        .argument('[id...]', 'ids of events of one pipeline')
        .option('--pipeline <name>', 'the pipeline; needed for a window and for dead letters')
        .option('--from <time>', 'window: received at or after; a time, or how long ago, such as 1h', time)
        .option('--to <time>', 'window: received before; now when left out', time)
        .option('--dead-letters', 'all dead letters of the pipeline')
        .option('--rate <number>', 'events a second at most; 1000 when left out', countArgument)
        .option('--wait', 'wait for its end; fails when an event does not get through'),
    ),
  ).action(async (ids: readonly string[], options: ReplayOptions) => {
    refuseUnclear(ids, options);
    const client = connect(context, options);
    const replay = await client.post<ReplayView>('/v1/events/replay', {
      pipeline_id: options.pipeline,
      event_ids: ids.length === 0 ? undefined : ids,
      from: options.from,
      to: options.to,
      event_type: options.type,
      status: options.status,
      dead_letters: options.deadLetters,
      events_per_second: options.rate,
      workspace: options.workspace,
    });
    await showReplay(client, replay, options, context);
  });
};

/** The server says so too, in the words of its API. */
function refuseUnclear(ids: readonly string[], options: ReplayOptions): void {
  const { from, to, type, status, deadLetters = false, pipeline } = options;
  const isWindow = [from, to, type, status].some((value) => value !== undefined);
  const hint = 'give ids of events, or --pipeline with --from, or --pipeline with --dead-letters';
  if ([ids.length > 0, isWindow, deadLetters].filter(Boolean).length !== 1) {
    throw new HeadgateError('invalid_request', 'say what to replay, in one way', { hint });
  }
  if (ids.length > 0) return;
  if (pipeline === undefined) throw new HeadgateError('invalid_request', '--pipeline is missing', { hint });
  if (isWindow && from === undefined) throw new HeadgateError('invalid_request', '--from is missing', { hint });
}
