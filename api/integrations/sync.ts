/** Runs the pipelines of a connection now. */
import { HeadgateError, isHeadgateError } from '../../foundation/errors.ts';
import { streamPipelines } from '../../controller/is-stream.ts';
import type { StoredResource } from '../../controller/ports.ts';
import type { RunRecord, TokenRecord } from '../../store/ports.ts';
import { lookUp } from '../access/find.ts';
import type { RouteDeps } from '../deps.ts';
import { createRun, type RunWish } from '../runs/create.ts';
import type { Use } from './uses.ts';

export interface SyncWish extends RunWish {
  /** Ids or names: only these. */
  readonly pipelines?: readonly string[];
}

/** A pipeline that was not started, and why. */
export interface Skipped {
  readonly pipeline: StoredResource<'Pipeline'>;
  readonly error: HeadgateError;
}

export interface Synced {
  readonly runs: readonly RunRecord[];
  readonly skipped: readonly Skipped[];
}

/**
 * Starts those that read from it; where none does, those that write to it. Streams are never started, since they run all the
 * time: they stand among the skipped. Throws `conflict` when it is disabled or no pipeline uses it, the first error when none was started,
 * and `not_found` for a name of the filter that is not among them.
 */
export async function syncConnection(
  deps: RouteDeps,
  token: TokenRecord,
  stored: StoredResource<'Connection'>,
  { pipelines: wanted, ...wish }: SyncWish,
): Promise<Synced> {
  const { name } = stored.resource.metadata;
  if (stored.resource.spec.enabled === false) {
    throw new HeadgateError('conflict', `'${name}' is disabled`, {
      hint: 'enable it first: PUT …/integrations/{id} with {"enabled": true}',
    });
  }
  const uses = await deps.uses.of(stored);
  const readers = uses.filter(({ reads }) => reads);
  const chosen = await filtered(deps, stored, wanted === undefined && readers.length > 0 ? readers : uses, wanted);
  if (chosen.length === 0) {
    throw new HeadgateError('conflict', `no pipeline uses '${name}'`, {
      hint: 'a pipeline names it in its source or destination',
    });
  }
  const runs: RunRecord[] = [];
  const skipped: Skipped[] = [];
  const pipelines = await pipelinesOf(deps, chosen);
  for (const pipeline of pipelines) {
    try {
      runs.push((await createRun(deps, token, pipeline, wish)).run);
    } catch (error) {
      if (!isHeadgateError(error) || error.status >= 500) throw error;
      skipped.push({ pipeline, error });
    }
  }
  if (runs.length > 0) return { runs, skipped };
  const streams = await streamPipelines(pipelines, deps.resources);
  if (streams.size < pipelines.length) throw skipped.find(({ pipeline }) => !streams.has(pipeline.id))!.error;
  return { runs, skipped };
}

/** Those that went away meanwhile are left out. */
async function pipelinesOf(
  { resources }: RouteDeps,
  uses: readonly Use[],
): Promise<readonly StoredResource<'Pipeline'>[]> {
  const found = await Promise.all(uses.map(({ id }) => resources.getById(id)));
  return found.filter((stored): stored is StoredResource<'Pipeline'> => stored?.resource.kind === 'Pipeline');
}

async function filtered(
  deps: RouteDeps,
  { resource: { metadata } }: StoredResource<'Connection'>,
  uses: readonly Use[],
  wanted: readonly string[] | undefined,
): Promise<readonly Use[]> {
  if (wanted === undefined) return uses;
  const found = new Set<Use>();
  for (const idOrName of wanted) {
    const pipeline = await lookUp(deps.resources, 'Pipeline', metadata.namespace, idOrName);
    const use = uses.find(({ id }) => id === pipeline?.id);
    if (use === undefined) {
      throw new HeadgateError('not_found', `no pipeline '${idOrName.slice(0, 100)}' uses '${metadata.name}'`);
    }
    found.add(use);
  }
  return [...found];
}
