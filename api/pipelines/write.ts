/** Writes of pipelines: from a body to a commit, and back to an answer. */
import { HeadgateError, type Issue } from '../../foundation/errors.ts';
import { refOf, type Resource } from '../../crds/index.ts';
import { validateResource } from '../../crds/validate.ts';
import type { StoredResource } from '../../controller/ports.ts';
import { askedWorkspace } from '../access/find.ts';
import type { RouteDeps } from '../deps.ts';
import type { Written } from '../route.ts';
import type { PipelineView } from '../views/pipeline.ts';
import { capturedName, forgetCaptured, keepCaptured, takeBack, type UndoCapture } from '../writes/capture-secrets.ts';
import { refuseRedacted } from '../integrations/desired.ts';
import { afterWrite, write, type WritingRequest } from '../writes/write.ts';
import { withCapturedSecrets, withCopiedSecrets } from './secrets.ts';
import { showPipeline } from './show.ts';
import { refuseUnknownColumns } from './transform-columns.ts';

type Pipeline = Resource<'Pipeline'>;

/** Creates a pipeline. Throws what `write` throws, and what is wrong with the resource. */
export function createPipeline(
  request: WritingRequest,
  deps: RouteDeps,
  resource: Pipeline,
): Promise<Written<PipelineView>> {
  return commit(request, deps, resource, { subject: `Create pipeline ${resource.metadata.name}` });
}

/** Writes `resource` in the place of what is stored under its name. */
export function updatePipeline(
  request: WritingRequest,
  deps: RouteDeps,
  stored: StoredResource<'Pipeline'>,
  resource: Pipeline,
): Promise<Written<PipelineView>> {
  const { name, namespace } = stored.resource.metadata;
  if (stored.deletedAt !== null) throw new HeadgateError('conflict', `'${name}' is being deleted`);
  if (resource.metadata.name !== name || resource.metadata.namespace !== namespace) {
    throw new HeadgateError('invalid_request', `the body is of the pipeline '${resource.metadata.name}'`, {
      issues: [{ pointer: '/metadata/name', message: `is not '${name}' in the workspace '${namespace}'` }],
      hint: 'a resource keeps its name: create another one, or give this one a `title`',
    });
  }
  return commit(request, deps, resource, { subject: `Update pipeline ${name}`, base: stored.revision });
}

/** Under a fresh name; `title` is for people. What the original's secrets hold is copied. */
export async function duplicatePipeline(
  request: WritingRequest,
  deps: RouteDeps,
  stored: StoredResource<'Pipeline'>,
  wish: { readonly name: string; readonly title: string | null },
): Promise<Written<PipelineView>> {
  const { resource } = stored;
  const { title: _, ...spec } = resource.spec;
  const copy: Pipeline = {
    ...resource,
    metadata: { ...resource.metadata, name: wish.name },
    spec: { ...(wish.title === null ? {} : { title: wish.title }), ...spec },
  };
  const from = resource.metadata.name;
  return commit(request, deps, copy, { subject: `Duplicate pipeline ${from} as ${wish.name}`, copyOf: from });
}

export async function deletePipeline(
  request: WritingRequest,
  deps: RouteDeps,
  stored: StoredResource<'Pipeline'>,
): Promise<Written<{ readonly id: string }>> {
  const ref = refOf(stored.resource);
  const written = await write(request, deps, {
    changes: [{ action: 'delete', ref, base: stored.revision }],
    subject: `Delete pipeline ${ref.name}`,
    view: () => ({ id: stored.id }),
  });
  if (written.outcome === 'done') await forgetCaptured(deps, ref.namespace, capturedName('Pipeline', ref.name));
  return written;
}

interface Commit {
  readonly subject: string;
  /** Of an update: the revision that it was made from. */
  readonly base?: string;
  /** The name of the pipeline that this one is a copy of. */
  readonly copyOf?: string;
}

async function commit(
  request: WritingRequest,
  deps: RouteDeps,
  given: Pipeline,
  { subject, base, copyOf }: Commit,
): Promise<Written<PipelineView>> {
  askedWorkspace(request.caller, given.metadata.namespace);
  refuseUnknownColumns(given.spec);
  const undo: UndoCapture[] = [];
  const live = await deps.resources.get<'Pipeline'>({ ...refOf(given), kind: 'Pipeline' });
  const capture = { dryRun: request.query.dry_run, undo, current: live?.resource.spec };
  try {
    const copied = copyOf === undefined ? given : await withCopiedSecrets(deps, given, copyOf, capture);
    const resource = await withCapturedSecrets(deps, copied, capture);
    return await write(request, deps, {
      changes: [base === undefined ? { action: 'create', resource } : { action: 'update', resource, base }],
      subject,
      sent: () => keepCaptured(undo),
      view: () =>
        afterWrite(resource, async () => {
          const stored = await deps.resources.get<'Pipeline'>({ ...refOf(resource), kind: 'Pipeline' });
          return stored === null ? null : showPipeline(deps, stored);
        }),
    });
  } catch (error) {
    await takeBack(undo, deps);
    throw error;
  }
}

/** A value as a pipeline. Throws `invalid_resource` and the like with all issues, `place` says where each is in the body. */
export function checkedPipeline(value: unknown, namespace: string, place: (pointer: string) => string): Pipeline {
  refuseRedacted((value as { spec?: unknown }).spec, '');
  const result = validateResource(value, { namespace });
  if ('resource' in result && result.resource.kind === 'Pipeline') return result.resource as Pipeline;
  if ('resource' in result) throw new HeadgateError('invalid_request', `the body is a ${result.resource.kind}`);
  const { code, message, hint, issues = [] } = result.error;
  throw new HeadgateError(code, message, { hint, issues: placed(issues, place) });
}

/** Answers what `work` answers; the issues of what it throws get the places that the caller knows them by. */
export async function withPlaces<T>(place: (pointer: string) => string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof HeadgateError) || error.issues.length === 0) throw error;
    const { code, message, at, hint, cause, issues, retryAfter, retryable } = error;
    throw new HeadgateError(code, message, {
      at,
      hint,
      cause,
      retryable,
      issues: placed(issues, place),
      ...(retryAfter === undefined ? {} : { retryAfter }),
    });
  }
}

const placed = (issues: readonly Issue[], place: (pointer: string) => string): readonly Issue[] =>
  issues.map((issue) => ({ ...issue, pointer: place(issue.pointer) }));
