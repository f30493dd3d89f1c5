import type { RunStatus } from '../../crds/index.ts';
import type { RedisConnection } from './client.ts';
import type { RedisKeys } from './keys.ts';
import type { Script, ScriptArgument } from './script.ts';

/** What decides in which sorted sets a run is, beside its status. It never changes. */
export interface RunPlace {
  readonly pipelineId: string;
  readonly workspace: string;
  readonly triggeredBy: string;
}

/** The sorted sets that hold runs of one status, in the order that the scripts take them. */
export function statusKeys(keys: RedisKeys, status: RunStatus, place: RunPlace): string[] {
  return [
    keys.byStatus(status, place.triggeredBy),
    keys.inWorkspace(status, place.triggeredBy, place.workspace),
    keys.ofPipelineIn(status, place.pipelineId),
  ];
}

/** A script answers this when the run has another place than its keys were made of. */
const ELSEWHERE = -1;
/** A run is only elsewhere when it was deleted and made again under the same id meanwhile. */
const TRIES = 5;

/**
 * Runs a script that moves a run from one status to another. A script has to be told all its keys, and which ones they are
 * depends on the run's place, so that this is read first; `further` are keys behind those of the sets. Null when there is no
 * such run.
 */
export async function moveRun<Reply>(
  redis: RedisConnection,
  script: Script<Reply | typeof ELSEWHERE>,
  move: { readonly id: string; readonly from: RunStatus; readonly to: RunStatus },
  args: readonly ScriptArgument[],
  further: (place: RunPlace) => readonly string[] = () => [],
): Promise<Reply | null> {
  const { keys } = redis;
  for (let attempt = 1; attempt <= TRIES; attempt++) {
    const place = await placeOf(redis, move.id);
    if (place === null) return null;
    const reply = await script(
      [
        keys.run(move.id),
        ...statusKeys(keys, move.from, place),
        ...statusKeys(keys, move.to, place),
        ...further(place),
      ],
      [keys.channel('changed:runs'), place.pipelineId, place.workspace, place.triggeredBy, ...args],
    );
    if (reply !== ELSEWHERE) return reply;
  }
  return null;
}

async function placeOf(redis: RedisConnection, id: string): Promise<RunPlace | null> {
  const [pipelineId, workspace, triggeredBy] = await redis.read((client) =>
    client.hmget(redis.keys.run(id), 'pipelineId', 'workspace', 'triggeredBy'),
  );
  if (typeof pipelineId !== 'string' || typeof workspace !== 'string' || typeof triggeredBy !== 'string') return null;
  return { pipelineId, workspace, triggeredBy };
}
