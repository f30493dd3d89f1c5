import { RUN_STATUSES, type RunStatus } from '../../crds/index.ts';
import type { IncrementalState, Runs } from '../ports.ts';
import type { RedisConnection } from './client.ts';
import { unavailable } from './errors.ts';
import { fromJson } from './json.ts';
import { pipelined } from './pipelined.ts';
import { statusKeys, type RunPlace } from './run-place.ts';
import { loadScript } from './script.ts';

/** Runs that one script deletes: Redis does nothing else meanwhile. */
const RUNS_AT_ONCE = 200;
/** Rounds in which every run changed its status before it could be deleted. */
const MAX_IDLE = 100;
const ENDED: readonly RunStatus[] = ['success', 'failed', 'cancelled'];

interface Doomed {
  readonly id: string;
  readonly status: RunStatus;
}

/** Incremental state, and the end of what is kept. */
export function runRetention(redis: RedisConnection): Pick<Runs, 'state' | 'clearState' | 'prune' | 'deletePipeline'> {
  const { keys } = redis;
  const script = (name: string): URL => new URL(`scripts/${name}.lua`, import.meta.url);
  const remove = loadScript<string[]>(redis, script('run-delete'));
  const oldestBut = loadScript<(string | number)[]>(redis, script('oldest-but'), { reads: true });
  const channel = keys.channel('changed:runs');

  /** Deletes runs that are still in the status they were seen in; answers the ids of those that are gone. */
  const deleteRuns = async (pipelineId: string, doomed: readonly Doomed[]): Promise<string[]> => {
    const places = (await redis.read((client) =>
      pipelined(
        client,
        doomed.map(({ id }) => ['hmget', keys.run(id), 'workspace', 'triggeredBy']),
      ),
    )) as (string | null)[][];
    const runKeys = [keys.allRuns, keys.ofPipeline(pipelineId)];
    doomed.forEach(({ id, status }, n) => {
      const [workspace, triggeredBy] = places[n]!;
      const place: RunPlace = { pipelineId, workspace: workspace ?? '', triggeredBy: triggeredBy ?? '' };
      runKeys.push(keys.run(id), keys.log(id), ...statusKeys(keys, status, place));
    });
    return remove(runKeys, [channel, ...doomed.flatMap(({ id, status }) => [id, status])]);
  };

  /** Some of the oldest runs in these statuses, but for the newest `keep` of them. */
  const oldest = async (pipelineId: string, statuses: readonly RunStatus[], keep: number): Promise<Doomed[]> => {
    const pairs = await oldestBut(
      statuses.map((status) => keys.ofPipelineIn(status, pipelineId)),
      [keep, RUNS_AT_ONCE],
    );
    const doomed: Doomed[] = [];
    for (let n = 0; n < pairs.length; n += 2) {
      doomed.push({ id: String(pairs[n]), status: statuses[Number(pairs[n + 1]) - 1]! });
    }
    return doomed;
  };

  const deleteAll = async (pipelineId: string, statuses: readonly RunStatus[], keep: number): Promise<string[]> => {
    const ids: string[] = [];
    for (let idle = 0; idle < MAX_IDLE; idle++) {
      const doomed = await oldest(pipelineId, statuses, keep);
      if (doomed.length === 0) return ids;
      const gone = await deleteRuns(pipelineId, doomed);
      ids.push(...gone);
      if (gone.length > 0) idle = -1;
    }
    throw unavailable(redis.shown, `cannot delete runs of the pipeline ${pipelineId}: they change all the time`);
  };

  return {
    state: async (pipelineId) => {
      const state = await redis.read((client) => client.hgetall(keys.state(pipelineId)));
      const sources = Object.entries(state).map(
        ([source, text]) => [source, fromJson(text, redis.shown) as IncrementalState] as const,
      );
      return Object.fromEntries(sources.sort(([a], [b]) => (a < b ? -1 : 1)));
    },

    clearState: async (pipelineId) => {
      await redis.write((client) => client.del(keys.state(pipelineId)));
      await redis.write((client) => client.publish(channel, ''));
    },

    prune: (pipelineId, keep) => deleteAll(pipelineId, ENDED, keep),

    deletePipeline: async (pipelineId) => {
      const ids = await deleteAll(pipelineId, RUN_STATUSES, 0);
      await redis.write((client) => client.del(keys.state(pipelineId)));
      await redis.write((client) => client.hdel(keys.cursors, pipelineId));
      await redis.write((client) => client.publish(channel, ''));
      return ids;
    },
  };
}
