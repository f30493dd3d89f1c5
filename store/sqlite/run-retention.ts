import type { IncrementalState, Runs } from '../ports.ts';
import type { Database } from './database.ts';

/** Log lines, and runs, deleted in one transaction: the lock is held for milliseconds, not for a whole history. */
const LINES_AT_ONCE = 5000;
const RUNS_AT_ONCE = 200;

interface Doomed {
  readonly key: number;
  readonly id: string;
}

/** Incremental state, and the end of what is kept. */
export function runRetention(database: Database): Pick<Runs, 'state' | 'clearState' | 'prune' | 'deletePipeline'> {
  const state = database.prepare<IncrementalState & { source: string }>(
    'SELECT source, origin, cursor, value, type FROM incremental_state WHERE pipeline_id = $pipelineId ORDER BY source',
  );
  const clearState = database.prepare('DELETE FROM incremental_state WHERE pipeline_id = $pipelineId');
  const clearCursor = database.prepare('DELETE FROM schedule_cursors WHERE pipeline_id = $pipelineId');
  const ended = database.prepare<Doomed>(
    `SELECT key, id FROM runs INDEXED BY runs_pipeline
     WHERE pipeline_id = $pipelineId AND status NOT IN ('pending', 'running')
     ORDER BY created_at DESC, id DESC LIMIT ${RUNS_AT_ONCE} OFFSET $keep`,
  );
  const all = database.prepare<Doomed>(
    `SELECT key, id FROM runs INDEXED BY runs_pipeline WHERE pipeline_id = $pipelineId LIMIT ${RUNS_AT_ONCE}`,
  );
  const deleteLines = database.prepare(
    `DELETE FROM run_logs WHERE run = $key AND seq <= (SELECT min(seq) FROM run_logs WHERE run = $key) + ${LINES_AT_ONCE}`,
  );
  const deleteRun = database.prepare('DELETE FROM runs WHERE key = $key');

  /** Deletes what `next` answers until that is nothing; answers the ids. */
  const deleteRuns = async (next: () => Doomed[]): Promise<string[]> => {
    const ids: string[] = [];
    for (;;) {
      const doomed = await database.read(next);
      if (doomed.length === 0) return ids;
      for (const { key } of doomed) {
        while ((await database.write(() => deleteLines.run({ key }))) > 0);
      }
      await database.write(() => doomed.forEach(({ key }) => deleteRun.run({ key })));
      ids.push(...doomed.map(({ id }) => id));
    }
  };

  return {
    state: (pipelineId) =>
      database.read(() =>
        Object.fromEntries(state.all({ pipelineId }).map(({ source, ...rest }) => [source, rest] as const)),
      ),

    clearState: (pipelineId) =>
      database.write(() => {
        clearState.run({ pipelineId });
      }),

    prune: (pipelineId, keep) => deleteRuns(() => ended.all({ pipelineId, keep })),

    deletePipeline: async (pipelineId) => {
      const ids = await deleteRuns(() => all.all({ pipelineId }));
      await database.write(() => {
        clearState.run({ pipelineId });
        clearCursor.run({ pipelineId });
      });
      return ids;
    },
  };
}
