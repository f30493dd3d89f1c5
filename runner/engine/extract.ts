/** Extract: each source becomes a relation of DuckDB under its own name. */
import { HeadgateError } from '../../foundation/errors.ts';
import type { IncrementalState } from '../../store/ports.ts';
import type { Column, Extract } from '../ports.ts';
import { quoteName } from '../quote.ts';
import type { ResolvedSource } from '../spec.ts';
import { insertVariables } from '../variables-in-code.ts';
import { duckError } from './duck-errors.ts';
import { openEndpoint } from './endpoint.ts';
import { afterCondition, nextState, startOf, type Start } from './incremental.ts';
import { SAMPLE_ROWS, type Job } from './job.ts';
import { withRetry } from './retry.ts';
import { stageInferred } from './stage-inferred.ts';
import { stageTyped } from './stage-typed.ts';

export interface Extracted {
  readonly name: string;
  /** A table or view; null when no record came and the source does not know its columns. */
  readonly relation: string | null;
  readonly columns: readonly Column[];
  /** What is to be stored once every destination has confirmed (invariant 2). */
  readonly state?: IncrementalState | null;
  /** About how many rows, where that is known. */
  readonly estimate?: number;
}

export async function extract(job: Job): Promise<readonly Extracted[]> {
  job.progress.begin('extract');
  const extracted: Extracted[] = [];
  for (const [index, source] of job.assignment.pipeline.sources.entries()) {
    try {
      extracted.push(await extractOne(job, source, `_source_${index}`));
    } catch (error) {
      job.signal.throwIfAborted();
      throw duckError(error, 'source_failed', `source '${source.name}'`, source.pointer);
    }
  }
  return extracted;
}

async function extractOne(job: Job, spec: ResolvedSource, table: string): Promise<Extracted> {
  const endpoint = await openEndpoint(job, spec);
  if (endpoint.connector.source === undefined) {
    throw new HeadgateError('invalid_settings', `connector ${spec.connector} cannot be a source`, { at: spec.pointer });
  }
  const { assignment, duck, log } = job;
  const start = await startOf(job, spec);
  const source = endpoint.connector.source(endpoint.settings, endpoint.ctx);
  const request = {
    stream: endpoint.stream,
    query:
      spec.query === undefined
        ? undefined
        : insertVariables(spec.query, 'sql', assignment.pipeline.variables, `${spec.pointer}/query`),
    incremental: start === null ? undefined : { cursor: start.cursor, after: start.after, type: start.type },
    limit: assignment.dryRun ? SAMPLE_ROWS : undefined,
    duck: duck.connection,
  };
  const found = await withRetry(`opening source '${spec.name}'`, () => source.open(request), job.retry);
  const staged = await stage(job, found, `${table}_stage`);
  if (staged === null) {
    log('info', `source '${spec.name}': no records`);
    return {
      name: spec.name,
      relation: null,
      columns: [],
      state: start === null ? undefined : (start.previous ?? null),
    };
  }
  await settle(job, staged, table, start, found.filtered);
  if (table !== spec.name) await duck.run(`CREATE VIEW ${quoteName(spec.name)} AS SELECT * FROM ${table}`);
  const columns = await duck.describe(table);
  log('info', `source '${spec.name}': ${columns.length} columns`);
  return {
    name: spec.name,
    relation: table,
    columns,
    state: start === null ? undefined : await nextState(duck, table, columns, start),
    estimate: found.form === 'sql' && start === null ? found.estimate : await duck.count(table),
  };
}

/** The relation over everything that the source handed over; null when there was no record and no column. */
async function stage(job: Job, found: Extract, table: string): Promise<string | null> {
  if (found.form === 'sql') return found.relation;
  const limit = job.assignment.dryRun ? SAMPLE_ROWS : Infinity;
  return found.columns === undefined
    ? stageInferred(job, found.batches, table, limit)
    : stageTyped(job, found.columns, found.batches, table, limit);
}

/**
 * Names the relation. What DuckDB reads lazily stays a view, so that reading, transforming and writing are one pass;
 * with a cursor, or for a sample, it becomes a table, so that all that follows sees the same records.
 */
async function settle(
  job: Job,
  relation: string,
  table: string,
  start: Start | null,
  filtered: boolean,
): Promise<void> {
  const { duck, assignment } = job;
  if (start === null && !assignment.dryRun) {
    await duck.run(`CREATE VIEW ${table} AS SELECT * FROM ${relation}`);
    return;
  }
  const condition = start === null || filtered ? '' : await afterCondition(duck, relation, start);
  const limit = assignment.dryRun ? ` LIMIT ${SAMPLE_ROWS}` : '';
  await duck.run(`CREATE TABLE ${table} AS SELECT * FROM ${relation}${condition}${limit}`);
}
