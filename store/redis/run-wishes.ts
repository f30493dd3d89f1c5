import type { ErrorRecord } from '../../foundation/errors.ts';
import type { NewRun, Runs } from '../ports.ts';
import type { RedisConnection } from './client.ts';
import { toJson } from './json.ts';
import { newRunFields, runOfList, runOfReply, toRunRecord, type FieldList } from './run-fields.ts';
import { moveRun, statusKeys } from './run-place.ts';
import { loadScript, type ScriptArgument } from './script.ts';

/** Asking for runs and for their end: what API, CLI and schedule do. */
export function runWishes(
  redis: RedisConnection,
): Pick<Runs, 'create' | 'createScheduled' | 'scheduleCursors' | 'get' | 'cancel'> {
  const { keys } = redis;
  const script = (name: string): URL => new URL(`scripts/run-${name}.lua`, import.meta.url);
  const create = loadScript<number>(redis, script('create'));
  const cancel = loadScript<FieldList | number>(redis, script('cancel'));
  const channel = keys.channel('changed:runs');

  /** Keys and arguments of `run-create.lua`; `cursor` as its ARGV 2 to 4. */
  const insert = (runs: readonly NewRun[], cursor: readonly ScriptArgument[]): Promise<number> => {
    const runKeys = [keys.allRuns, keys.cursors];
    const args: ScriptArgument[] = [channel, ...cursor];
    for (const run of runs) {
      const [byStatus, inWorkspace, ofPipelineIn] = statusKeys(keys, 'pending', run);
      runKeys.push(keys.run(run.id), byStatus!, inWorkspace!, keys.ofPipeline(run.pipelineId), ofPipelineIn!);
      const fields = newRunFields(run);
      args.push(run.id, run.createdAt, fields.length, ...fields);
    }
    return create(runKeys, args);
  };

  const get: Runs['get'] = async (id) => {
    const fields = await redis.read((client) => client.hgetall(keys.run(id)));
    return fields['id'] === undefined ? null : toRunRecord(fields, redis.shown);
  };

  return {
    create: async (run) => {
      for (;;) {
        const created = (await insert([run], ['', '', ''])) === 1;
        if (created) return { run: runOfList(newRunFields(run), redis.shown), created };
        const known = await get(run.id);
        if (known !== null) return { run: known, created };
        // The one that was there has been deleted meanwhile.
      }
    },

    createScheduled: async (pipelineId, runs, expected, cursor) => {
      const created = await insert(runs, [pipelineId, expected ?? '', cursor]);
      return created === -1 ? null : created;
    },

    scheduleCursors: async () => {
      const cursors = await redis.read((client) => client.hgetall(keys.cursors));
      return new Map(Object.entries(cursors).map(([pipelineId, cursor]) => [pipelineId, Number(cursor)] as const));
    },

    get,

    cancel: async (id, by, now) => {
      const error: ErrorRecord = { code: 'run_cancelled', message: `${by} cancelled the run before it started` };
      const fields = await moveRun(redis, cancel, { id, from: 'pending', to: 'cancelled' }, [now, by, toJson(error)!]);
      return runOfReply(fields, redis.shown);
    },
  };
}
