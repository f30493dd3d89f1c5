import type { ReplayView } from '../../api/views/replay.ts';
import type { CliContext } from '../context.ts';
import { count, counted } from './figures.ts';
import { renderDetails } from './problem.ts';
import { recordOf } from './record.ts';
import { statusText } from './style.ts';
import { printable } from './width.ts';

/** How far a replay is, in one line without a break. */
export function replayProgress(replay: ReplayView): string {
  if (replay.status === 'pending') return 'pending: waits for its turn';
  const of = replay.total === null ? '' : ` of ${count(replay.total)}`;
  const failed = replay.failed === 0 ? '' : `, ${count(replay.failed)} failed`;
  return `replay: ${count(replay.processed)}${of} events${failed}`;
}

/** The line that an ended replay ends with. */
export function replayResult(replay: ReplayView, { style }: CliContext): string {
  const failed = replay.failed === 0 ? '' : `, ${count(replay.failed)} failed`;
  return `replay ${replay.id} ${statusText(style, replay.status)}, ${counted(replay.delivered, 'event')} delivered${failed}\n`;
}

/** Why it failed; empty when it did not. */
export function replayError(replay: ReplayView, { style }: CliContext): string {
  if (replay.error === null) return '';
  const record = recordOf(replay.error);
  return `${style('bad', `${record.code}:`)} ${printable(record.message)}\n${renderDetails(record, style)}`;
}
