import type { ReplayView } from '../../../api/views/replay.ts';
import { ERROR_CODES, type ErrorCodeName } from '../../../foundation/errors.ts';
import { sleep } from '../../../foundation/time.ts';
import type { Client } from '../../client.ts';
import { Exit, type CliContext } from '../../context.ts';
import { jsonDocument } from '../../output/json.ts';
import { Meter } from '../../output/meter.ts';
import { replayError, replayProgress, replayResult } from '../../output/replays.ts';

const LOOK_MS = 500;

interface ShowOptions {
  readonly wait?: boolean;
  readonly json?: boolean;
}

/** Says that a replay was asked for, or waits for its end and ends the command as it did. */
export async function showReplay(
  client: Client,
  replay: ReplayView,
  options: ShowOptions,
  context: CliContext,
): Promise<void> {
  const { terminal } = context;
  const json = options.json === true;
  if (options.wait !== true) {
    if (json) return terminal.out(jsonDocument(replay));
    terminal.out(`replay ${replay.id} of ${replay.pipeline} ${replay.status}\n`);
    return terminal.err(`stop it with: headgate events cancel ${replay.id}\n`);
  }
  const ended = await untilEnded(client, replay, json, context);
  terminal.out(json ? jsonDocument(ended) : replayResult(ended, context));
  if (!json) terminal.err(replayError(ended, context));
  throwUnlessComplete(ended);
}

async function untilEnded(client: Client, first: ReplayView, json: boolean, context: CliContext): Promise<ReplayView> {
  const { terminal, signal } = context;
  const meter = json ? null : new Meter(context);
  let replay = first;
  try {
    while (replay.status === 'pending' || replay.status === 'running') {
      meter?.show(replayProgress(replay), replay.total === null ? null : replay.processed / Math.max(1, replay.total));
      await sleep(LOOK_MS, signal);
      replay = await client.get<ReplayView>(`/v1/events/replays/${encodeURIComponent(first.id)}`);
    }
    return replay;
  } catch (error) {
    meter?.end();
    if (signal.aborted) {
      terminal.err(`no longer watching: replay ${first.id} goes on; to stop it: headgate events cancel ${first.id}\n`);
    }
    throw error;
  } finally {
    meter?.end();
  }
}

function throwUnlessComplete({ status, failed, error }: ReplayView): void {
  if (status === 'success' && failed === 0) return;
  const code = error?.code;
  const known = code !== undefined && code in ERROR_CODES;
  throw new Exit(ERROR_CODES[known ? (code as ErrorCodeName) : 'destination_failed'].exit);
}
