import type { EventView } from '../../../api/views/event.ts';
import type { ReplayView } from '../../../api/views/replay.ts';
import { HeadgateError } from '../../../foundation/errors.ts';
import { countArgument, withResource, type ResourceOptions } from '../../options.ts';
import { deadLetterTable } from '../../output/events.ts';
import { counted } from '../../output/figures.ts';
import { jsonDocument } from '../../output/json.ts';
import type { Client } from '../../client.ts';
import { connect } from '../../target.ts';
import type { RegisterCommand } from '../command.ts';
import { showReplay } from './show-replay.ts';

/** Ids that one request to discard may name. */
const MAX_IDS = 400;

interface DeadLetterOptions extends ResourceOptions {
  readonly event?: readonly string[];
  readonly discard?: boolean;
  readonly replay?: boolean;
  readonly rate?: number;
  readonly wait?: boolean;
  readonly limit: number;
}

export const registerDeadLetters: RegisterCommand = (events, context) => {
  const { terminal } = context;
  withResource(
    events
      .command('dead-letters')
      .description('List, replay or discard events that failed and that nobody resolved')
      .argument('<pipeline>', 'name or id')
      .option('--discard', 'take them off the list; the events stay in the log for as long as its history goes')
      .option('--replay', 'bring them to the destinations once more')
      .option('--event <id...>', 'only these, with --discard or --replay')
      .option('--rate <number>', 'with --replay: events a second at most; 1000 when left out', countArgument)
      .option('--wait', 'with --replay: wait for its end; fails when an event does not get through')
      .option('--limit <number>', 'how many to list', countArgument, 100),
  ).action(async (pipeline: string, options: DeadLetterOptions) => {
    if (options.discard === true && options.replay === true) {
      throw new HeadgateError('invalid_request', '--discard and --replay exclude each other');
    }
    if (options.event !== undefined && options.discard !== true && options.replay !== true) {
      throw new HeadgateError('invalid_request', '--event belongs to --discard or --replay');
    }
    const client = connect(context, options);
    const path = `/v1/pipelines/${encodeURIComponent(pipeline)}/dead-letters`;
    const { workspace } = options;
    if (options.replay === true) {
      const wish = { event_ids: options.event, events_per_second: options.rate };
      const replay = await client.post<ReplayView>(`${path}/replay`, wish, { workspace });
      return showReplay(client, replay, options, context);
    }
    if (options.discard === true) {
      const discarded = await discard(client, path, workspace, options.event);
      const said = `${counted(discarded, 'dead letter')} of ${pipeline} discarded\n`;
      return terminal.out(options.json === true ? jsonDocument({ discarded }) : said);
    }
    const letters = await client.list<EventView>(path, { workspace }, options.limit);
    if (options.json === true) terminal.out(jsonDocument(letters));
    else if (letters.length === 0) terminal.err('no dead letters\n');
    else terminal.out(deadLetterTable(letters, context));
  });
};

/** All, or these: so many at a time as fit into an address. */
async function discard(
  client: Client,
  path: string,
  workspace: string | undefined,
  ids: readonly string[] | undefined,
): Promise<number> {
  let discarded = 0;
  const parts = ids === undefined ? [undefined] : slices(ids, MAX_IDS);
  for (const part of parts) {
    const answer = await client.delete<{ readonly discarded: number }>(path, { workspace, event_id: part });
    discarded += answer.discarded;
  }
  return discarded;
}

function slices<T>(all: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, i) => all.slice(i * size, (i + 1) * size));
}
