import { pipelineTag } from '../../event-id.ts';
import type { RedisConnection } from '../client.ts';
import { logKeys } from './keys.ts';

/** Pipelines that are looked up at the same time. */
const AT_ONCE = 500;

/** How far a pipeline's log goes. */
export interface LogHead {
  readonly pipelineId: string;
  readonly tag: number;
  readonly next: number;
  readonly lastAt: number;
  readonly committed: number;
}

/** Heads of those pipelines that have events, each once. */
export async function logHeads(redis: RedisConnection, pipelineIds: readonly string[]): Promise<LogHead[]> {
  const ids = [...new Set(pipelineIds)];
  const heads: LogHead[] = [];
  for (let start = 0; start < ids.length; start += AT_ONCE) {
    const some = ids.slice(start, start + AT_ONCE);
    const found = await Promise.all(
      some.map((id) => {
        const { state } = logKeys(redis.keys, id);
        return redis.read((client) => client.hmget(state, 'next', 'last', 'committed'));
      }),
    );
    found.forEach(([next, lastAt, committed], i) => {
      if (next === null || next === undefined) return;
      const pipelineId = some[i]!;
      heads.push({
        pipelineId,
        tag: pipelineTag(pipelineId),
        next: Number(next),
        lastAt: Number(lastAt),
        committed: Number(committed ?? 0),
      });
    });
  }
  return heads;
}
