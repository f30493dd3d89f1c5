/** Starts pipelines over the API of a server that is just coming up, once it has synced. */
import { isHeadgateError } from '../foundation/errors.ts';
import { sleep } from '../foundation/time.ts';
import type { RepositoryView, SyncView } from '../api/views/repository.ts';
import type { RunView } from '../api/views/run.ts';
import type { Client } from '../cli/client.ts';
import type { CliContext } from '../cli/context.ts';
import { followRun } from '../cli/follow.ts';
import { connect } from '../cli/target.ts';

const LOOK_MS = 100;

/**
 * Waits for the server in the data folder and for its first sync since now, then starts a run of each pipeline and waits
 * for their ends. Answers how many of the runs succeeded; what failed is told by the server.
 */
export async function runAfterSync(pipelines: readonly string[], data: string, context: CliContext): Promise<number> {
  const since = context.clock();
  const client = await untilFound(() => synced(data, since, context), context.signal);
  const runs = await Promise.all(pipelines.map((name) => startRun(client, name)));
  let succeeded = 0;
  for (const run of runs) {
    if (run === null) continue;
    const { status } = await followRun(client, run.id, {}, context.signal);
    if (status === 'success') succeeded += 1;
  }
  return succeeded;
}

/** Null for a pipeline that is not there; the sync that just ended has said why. */
async function startRun(client: Client, pipeline: string): Promise<RunView | null> {
  try {
    return await client.post<RunView>(`/v1/pipelines/${pipeline}/runs`);
  } catch (error) {
    if (isHeadgateError(error) && error.code === 'not_found') return null;
    throw error;
  }
}

/** A client of the server once it has synced after `since`; null before. */
async function synced(data: string, since: number, context: CliContext): Promise<Client | null> {
  try {
    // The address and token of another server may stand in the environment; they are not meant here.
    const client = connect({ ...context, env: { adminToken: context.env.adminToken, all: {} } }, { data });
    const { id } = await client.get<RepositoryView>('/v1/repositories/main');
    const [sync] = await client.list<SyncView>(`/v1/repositories/${id}/syncs`, {}, 1);
    return sync !== undefined && Date.parse(sync.finished_at) >= since ? client : null;
  } catch (error) {
    if (isHeadgateError(error) && ['unavailable', 'not_found', 'unauthorized'].includes(error.code)) return null;
    throw error;
  }
}

async function untilFound<T>(look: () => Promise<T | null>, signal: AbortSignal): Promise<T> {
  for (;;) {
    const found = await look();
    if (found !== null) return found;
    await sleep(LOOK_MS, signal);
  }
}
