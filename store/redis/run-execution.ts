import type { RunOutcome, Runs } from '../ports.ts';
import type { RedisConnection } from './client.ts';
import { toJson } from './json.ts';
import { fieldList, runOfReply, type FieldList } from './run-fields.ts';
import { moveRun, type RunPlace } from './run-place.ts';
import { loadScript } from './script.ts';

/** What happens to a run between pending and its end. The scripts hold the fence against a lost runner. */
export function runExecution(
  redis: RedisConnection,
): Pick<Runs, 'claim' | 'takeUp' | 'heartbeat' | 'finish' | 'requeue'> {
  const script = (name: string): URL => new URL(`scripts/run-${name}.lua`, import.meta.url);
  const claim = loadScript<FieldList | number>(redis, script('claim'));
  const takeUp = loadScript<number>(redis, script('take-up'));
  const heartbeat = loadScript<number>(redis, script('heartbeat'));
  const finish = loadScript<number>(redis, script('finish'));
  const requeue = loadScript<number>(redis, script('requeue'));
  const channel = redis.keys.channel('changed:runs');

  return {
    claim: async (id, { runner, revision, generation, now, leaseUntil, alone = false }) => {
      const args = [now, leaseUntil, runner, revision, generation, Number(alone)];
      return runOfReply(await moveRun(redis, claim, { id, from: 'pending', to: 'running' }, args), redis.shown);
    },

    takeUp: async (id, attempt, taker) => (await takeUp([redis.keys.run(id)], [attempt, taker])) === 1,

    heartbeat: async (id, attempt, leaseUntil, progress) => {
      const reply = await heartbeat([redis.keys.run(id)], [channel, attempt, leaseUntil, toJson(progress) ?? '']);
      return reply === -1 ? null : { cancel: reply === 1 };
    },

    finish: async (id, attempt, outcome) => {
      const fields = outcomeFields(outcome);
      const state = Object.entries(outcome.state ?? {}).flatMap(([source, value]) => [source, toJson(value) ?? '']);
      const args = [attempt, outcome.status, fields.length, ...fields, ...state];
      const move = { id, from: 'running', to: outcome.status } as const;
      const stateKey = ({ pipelineId }: RunPlace): string[] => [redis.keys.state(pipelineId)];
      return (await moveRun(redis, finish, move, args, stateKey)) === 1;
    },

    requeue: async (id, attempt, notBefore, spare = false) => {
      const args = [attempt, notBefore, Number(spare)];
      return (await moveRun(redis, requeue, { id, from: 'running', to: 'pending' }, args)) === 1;
    },
  };
}

function outcomeFields(outcome: RunOutcome): string[] {
  return fieldList({
    finishedAt: outcome.finishedAt,
    rowsLoaded: outcome.rowsLoaded,
    outputFile: outcome.outputFile,
    outputFileSize: outcome.outputFileSize,
    preview: toJson(outcome.preview) ?? undefined,
    error: toJson(outcome.error) ?? undefined,
    warning: toJson(outcome.warning) ?? undefined,
  });
}
