/** Load: every destination gets every record. */
import { HeadgateError } from '../../foundation/errors.ts';
import type { Destination, WriteRequest } from '../ports.ts';
import type { ResolvedDestination } from '../spec.ts';
import { duckError } from './duck-errors.ts';
import { openEndpoint, type Endpoint } from './endpoint.ts';
import type { Job } from './job.ts';
import { writeRecords } from './records.ts';
import { withRetry } from './retry.ts';
import type { Result } from './transform.ts';

/**
 * Loads the destinations one after the other, and answers the rows that each took. The first failure ends it: those
 * before it keep what they took, and the incremental state stays, so that a rerun brings the same records again.
 */
export async function load(job: Job, result: Result): Promise<number> {
  const { destinations } = job.assignment.pipeline;
  const opened = await openDestinations(job);
  // All are made before the first is written to: what is wrong with the last one then harms nothing.
  const ready = destinations.map((spec, index) => {
    const { connector, settings, stream, ctx } = opened[index]!;
    checkRequest(spec, opened[index]!, result);
    return { destination: connector.destination!(settings, ctx), stream };
  });
  let rows = 0;
  for (const [index, spec] of destinations.entries()) {
    job.progress.begin('load', result.rows);
    try {
      rows = await loadOne(job, spec, ready[index]!, result);
    } catch (error) {
      job.signal.throwIfAborted();
      throw duckError(error, 'destination_failed', `destination '${spec.name}'`, spec.pointer);
    }
    job.progress.end(rows);
    job.log('info', `destination '${spec.name}': ${rows} rows (${spec.mode})`);
  }
  return rows;
}

export async function openDestinations(job: Job): Promise<readonly Endpoint[]> {
  const opened: Endpoint[] = [];
  for (const spec of job.assignment.pipeline.destinations) opened.push(await openEndpoint(job, spec));
  return opened;
}

interface Ready {
  readonly destination: Destination;
  readonly stream?: string;
}

async function loadOne(job: Job, spec: ResolvedDestination, ready: Ready, result: Result): Promise<number> {
  const { destination, stream } = ready;
  const request: WriteRequest = {
    stream,
    mode: spec.mode,
    key: spec.key,
    columns: result.columns,
    runId: job.assignment.runId,
  };
  if (destination.load !== undefined) {
    const input = { parquet: result.parquet, relation: result.relation, rows: result.rows, duck: job.duck.connection };
    const attempt = async (): Promise<number> => {
      await job.lease.confirm();
      return destination.load!(request, input);
    };
    return withRetry(`loading '${spec.name}'`, attempt, job.retry);
  }
  const writer = await withRetry(`opening '${spec.name}'`, () => destination.open!(request), job.retry);
  return writeRecords(job, spec.name, writer, result);
}

/** Throws `invalid_settings` when the connector cannot do what the destination asks for. */
export function checkRequest(
  spec: ResolvedDestination,
  { connector }: Endpoint,
  result: Pick<Result, 'columns'>,
): void {
  const at = spec.pointer;
  if (connector.destination === undefined) {
    throw new HeadgateError('invalid_settings', `connector ${connector.name} cannot be a destination`, { at });
  }
  if (connector.modes !== undefined && !connector.modes.includes(spec.mode)) {
    throw new HeadgateError('invalid_settings', `connector ${connector.name} cannot ${spec.mode}`, {
      at: `${at}/mode`,
      hint: `it can ${connector.modes.join(', ')}`,
    });
  }
  if (spec.mode !== 'upsert') return;
  if (spec.key.length === 0) {
    throw new HeadgateError('invalid_settings', 'upsert needs `key`', {
      at,
      hint: 'name the columns that identify a record',
    });
  }
  const names = new Set(result.columns.map(({ name }) => name));
  const missing = spec.key.filter((column) => !names.has(column));
  if (missing.length > 0) {
    throw new HeadgateError('invalid_settings', `key ${missing.join(', ')} is not among the columns`, {
      at: `${at}/key`,
      hint: `columns: ${[...names].join(', ')}`,
    });
  }
}
