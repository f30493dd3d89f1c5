import type { EventControl, EventStats } from '../../event-ports.ts';
import type { Blocks } from './blocks.ts';
import type { EventFiles } from './files.ts';
import { findReader } from './readers.ts';

const DAY_MS = 24 * 3_600_000;
/** Pipelines between which other work gets its turn. */
const AT_ONCE = 500;

/** Figures of pipelines: a few look-ups each, however many events there are. */
export function eventStats({ log, delivery }: EventFiles, blocks: Blocks): EventControl['stats'] {
  const reader = findReader(delivery);
  const letters = delivery.prepare<{ n: number }>('SELECT n FROM dead_letters WHERE pipeline = $pipelineId');

  const statsOf = (pipelineId: string, now: number): EventStats | null => {
    const found = reader(pipelineId);
    const pipeline = blocks.pipeline(pipelineId);
    if (pipeline === undefined) return null;
    const { number, next, last_at, position } = pipeline;
    // It was read after the log, which may have grown and been delivered since; or the log is an older copy.
    const committed = Math.min(found?.committed ?? 0, next);
    const oldest = blocks.at(number, 0);
    const waiting = committed < next ? blocks.at(number, committed) : undefined;
    const settledShare = waiting === undefined ? 0 : Math.max(0, committed - waiting.first) / waiting.count;
    const lastDay = blocks.since(number, now - DAY_MS);
    return {
      next,
      committed,
      oldest: oldest?.first ?? next,
      bytes: oldest === undefined ? 0 : position - oldest.position,
      backlogBytes: waiting === undefined ? 0 : Math.round(position - waiting.position - waiting.bytes * settledShare),
      deadLetters: letters.get({ pipelineId })?.n ?? 0,
      last24h: lastDay === null ? 0 : next - lastDay,
      lastReceivedAt: next === 0 ? null : last_at,
      committedAt: found?.committed_at ?? null,
      waitingSince: waiting?.received_at ?? null,
    };
  };

  return async (pipelineIds, now) => {
    const all = new Map<string, EventStats>();
    for (let start = 0; start < pipelineIds.length; start += AT_ONCE) {
      if (start > 0) await new Promise((resolve) => setImmediate(resolve));
      await log.read(() => {
        for (const id of pipelineIds.slice(start, start + AT_ONCE)) {
          const stats = statsOf(id, now);
          if (stats !== null) all.set(id, stats);
        }
      });
    }
    return all;
  };
}
