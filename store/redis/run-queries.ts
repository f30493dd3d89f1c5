import type { RunFilter, RunRecord, Runs } from '../ports.ts';
import type { RedisConnection } from './client.ts';
import { pipelined } from './pipelined.ts';
import { toRunRecord, type Fields } from './run-fields.ts';
import { matches, setsForCount, setsForPage, type CountFilter, type RunKind } from './run-sets.ts';
import { loadScript } from './script.ts';

/** Runs that are read at once: what one script looks for, and what one reply holds. */
const SLICE = 500;
/** Sorted sets that one script counts. */
const SETS = 500;

const letsNothingThrough = (filter: CountFilter): boolean =>
  filter.status?.length === 0 || filter.workspace?.length === 0;

/** Reading runs: pages, totals, the newest of each pipeline. */
export function runQueries(redis: RedisConnection): Pick<Runs, 'list' | 'count' | 'latest'> {
  const { keys } = redis;
  const page = loadScript<string[]>(redis, new URL('scripts/run-page.lua', import.meta.url), { reads: true });
  const total = loadScript<number>(redis, new URL('scripts/run-count.lua', import.meta.url), { reads: true });

  /** The runs with these ids that are there, in the same order. */
  const load = async (ids: readonly string[]): Promise<RunRecord[]> => {
    const replies = await redis.read((client) =>
      pipelined(
        client,
        ids.map((id) => ['hgetall', keys.run(id)]),
      ),
    );
    return (replies as Fields[]).flatMap((fields) =>
      fields['id'] === undefined ? [] : [toRunRecord(fields, redis.shown)],
    );
  };

  /** What filters ask of the runs with these ids, of those that are there. */
  const kinds = async (ids: readonly string[]): Promise<RunKind[]> => {
    const fields = ['pipelineId', 'workspace', 'status', 'triggeredBy'];
    const replies = await redis.read((client) =>
      pipelined(
        client,
        ids.map((id) => ['hmget', keys.run(id), ...fields]),
      ),
    );
    return (replies as (string | null)[][]).flatMap(([pipelineId, workspace, status, triggeredBy]) =>
      pipelineId == null ? [] : [{ pipelineId, workspace, status, triggeredBy } as RunKind],
    );
  };

  /** The runs of a filter in order, in slices: `want` says how many ids the next one has at most. */
  async function* slices(filter: Omit<RunFilter, 'limit' | 'offset'>, want: () => number): AsyncGenerator<string[]> {
    const sets = setsForPage(keys, filter);
    let after: readonly (string | number)[] =
      filter.after === undefined ? ['', ''] : [filter.after.createdAt, filter.after.id];
    for (;;) {
      const wanted = sets.more ? SLICE : Math.min(SLICE, want());
      const args = [filter.order ?? 'newest', wanted, filter.from ?? '', filter.to ?? '', ...after];
      const pairs = await page(sets.keys, args);
      yield pairs.filter((_, n) => n % 2 === 0);
      if (pairs.length < 2 * wanted) return;
      after = [pairs.at(-1)!, pairs.at(-2)!];
    }
  }

  return {
    list: async (filter) => {
      if (letsNothingThrough(filter) || filter.limit < 1) return [];
      const found: RunRecord[] = [];
      const { more } = setsForPage(keys, filter);
      let skip = filter.offset ?? 0;
      for await (const ids of slices(filter, () => skip + filter.limit - found.length)) {
        // What is skipped need not be read where the sets hold nothing else.
        const passed = more ? 0 : Math.min(skip, ids.length);
        skip -= passed;
        for (const run of await load(ids.slice(passed))) {
          // A run may have changed its status since its id was read.
          if (!matches(run, filter)) continue;
          if (skip > 0) skip--;
          else found.push(run);
          if (found.length === filter.limit) return found;
        }
      }
      return found;
    },

    count: async (filter) => {
      if (letsNothingThrough(filter)) return 0;
      const sets = setsForCount(keys, filter);
      let count = 0;
      if (sets.more) {
        for await (const ids of slices(filter, () => SLICE)) {
          count += (await kinds(ids)).filter((kind) => matches(kind, filter)).length;
        }
        return count;
      }
      const window = [filter.from ?? '-inf', filter.to === undefined ? '+inf' : `(${filter.to}`];
      for (let from = 0; from < sets.keys.length; from += SETS) {
        count += await total(sets.keys.slice(from, from + SETS), window);
      }
      return count;
    },

    latest: async (pipelineIds) => {
      const latest = new Map<string, RunRecord>();
      for (let from = 0; from < pipelineIds.length; from += SLICE) {
        const some = pipelineIds.slice(from, from + SLICE);
        const newest = await redis.read((client) =>
          pipelined(
            client,
            some.map((pipelineId) => ['zrevrange', keys.ofPipeline(pipelineId), 0, 0]),
          ),
        );
        for (const run of await load((newest as string[][]).flat())) latest.set(run.pipelineId, run);
      }
      return latest;
    },
  };
}
