/** A dry run: everything but writing, on a sample. */
import { HeadgateError } from '../../foundation/errors.ts';
import type { RunPreview } from '../../store/ports.ts';
import { extract } from './extract.ts';
import { PREVIEW_ROWS, type Job } from './job.ts';
import { checkRequest, openDestinations } from './load.ts';
import { rowBatches } from './rows.ts';
import { planTransforms } from './transform.ts';

/** Reads a sample of each source, plans and runs the transforms over it, and asks each destination whether it can connect. */
export async function preview(job: Job): Promise<RunPreview> {
  const sources = await extract(job);
  const planned = await planTransforms(job, sources);
  const columns = planned?.columns ?? [];
  await checkDestinations(job, columns);
  if (planned === null) return { columns: [], rows: [] };
  job.progress.begin('transform');
  const sample = `(SELECT * FROM ${planned.relation} LIMIT ${PREVIEW_ROWS})`;
  for await (const rows of rowBatches(job.duck, sample, columns, PREVIEW_ROWS)) {
    job.progress.end(rows.length);
    return { columns, rows: rows.map((row) => job.redactor.deep(plain(row)) as Record<string, unknown>) };
  }
  return { columns, rows: [] };
}

async function checkDestinations(job: Job, columns: RunPreview['columns']): Promise<void> {
  const opened = await openDestinations(job);
  for (const [index, spec] of job.assignment.pipeline.destinations.entries()) {
    const endpoint = opened[index]!;
    checkRequest(spec, endpoint, { columns });
    const { ok, message } = await endpoint.connector.check(endpoint.settings, endpoint.ctx);
    if (!ok) {
      throw new HeadgateError('destination_failed', `destination '${spec.name}': ${message}`, { at: spec.pointer });
    }
    job.log('info', `destination '${spec.name}': ${message}`);
  }
}

/** A row as JSON can hold it. */
function plain(row: Readonly<Record<string, unknown>>): unknown {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => {
      if (value instanceof Date) return [name, value.toISOString()];
      return [name, value instanceof Uint8Array ? `${value.length} bytes` : withoutBigints(value)];
    }),
  );
}

function withoutBigints(value: unknown): unknown {
  if (typeof value === 'bigint') return String(value);
  if (Array.isArray(value)) return value.map(withoutBigints);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, withoutBigints(member)]));
}
