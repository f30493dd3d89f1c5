import type { Database } from '../../store/sqlite/database.ts';
import type { PipelineSummary, Resources } from '../ports.ts';
import { PIPELINE_SUMMARY_COLUMNS, toPipelineSummary, type PipelineSummaryRow } from './rows.ts';
import { REMOVAL_KEPT_MS, sequence } from './sequence.ts';

const FACTS = `SELECT ${PIPELINE_SUMMARY_COLUMNS} FROM resources`;

/**
 * The pipelines with what lists are filtered by, kept in memory (about 300 bytes each) and brought up to date by the rows
 * that were written since: a list of ten thousand is asked for many times a second, and little of it changes.
 */
export function pipelineIndex(database: Database): Resources['pipelineIndex'] {
  const all = database.prepare<PipelineSummaryRow>(
    `${FACTS} INDEXED BY resources_pipeline_facts WHERE kind = 'Pipeline'`,
  );
  const written = database.prepare<PipelineSummaryRow>(
    `${FACTS} INDEXED BY resources_version WHERE kind = 'Pipeline' AND version > $seen`,
  );
  const removed = database.prepare<{ readonly namespace: string; readonly name: string }>(
    `SELECT namespace, name FROM removed_resources WHERE kind = 'Pipeline' AND change_seq > $seen`,
  );
  const { current } = sequence(database);
  let known = new Map<string, PipelineSummary>();
  let ordered: readonly PipelineSummary[] = [];
  let seen = -1;
  let lookedAt = -Infinity;

  const readAll = (): void => {
    known = new Map(
      all
        .all()
        .map(toPipelineSummary)
        .map((summary) => [summary.key, summary]),
    );
    ordered = inOrder(known);
  };

  const readWritten = (): void => {
    const before = known.size;
    let same = true;
    for (const { namespace, name } of removed.all({ seen })) {
      same = !known.delete(`Pipeline/${namespace}/${name}`) && same;
    }
    const changed = written.all({ seen }).map(toPipelineSummary);
    for (const summary of changed) known.set(summary.key, summary);
    same = same && known.size === before;
    // The order stays where only contents changed.
    ordered = same ? ordered.map(({ key }) => known.get(key)!) : inOrder(known);
  };

  // What was removed long ago is not told any more.
  const isOld = (): boolean => seen < 0 || performance.now() - lookedAt > REMOVAL_KEPT_MS / 2;

  const lookAgain = (): void => {
    const newest = current();
    if (isOld() || newest < seen) readAll();
    else if (newest !== seen) readWritten();
    seen = newest;
    lookedAt = performance.now();
  };

  return async (namespace) => {
    if (isOld() || (await database.query(current)) !== seen) await database.read(lookAgain);
    else lookedAt = performance.now();
    if (namespace === undefined) return ordered;
    return ordered.filter(({ key }) => key.startsWith(`Pipeline/${namespace}/`));
  };
}

function inOrder(known: ReadonlyMap<string, PipelineSummary>): readonly PipelineSummary[] {
  return [...known.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
}
