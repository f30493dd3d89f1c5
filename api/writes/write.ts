/** Writes of declared resources: what somebody asks of the API becomes a commit, and what became of it an answer. */
import { Type } from 'typebox';
import type { Resource } from '../../crds/index.ts';
import type { WriteChange } from '../../controller/write/ports.ts';
import { HeadgateError } from '../../foundation/errors.ts';
import type { TokenRecord } from '../../store/ports.ts';
import { findResource } from '../access/find.ts';
import type { RouteDeps } from '../deps.ts';
import type { RouteRequest, Written } from '../route.ts';
import { Workspace } from '../routes/schemas.ts';
import { planView } from '../views/plan.ts';
import { pendingWriteView } from '../views/write.ts';

/** Query parameters of every write. */
export const writeQuery = {
  workspace: Workspace,
  dry_run: Type.Boolean({ description: 'Only check, and answer with the plan.', default: false }),
  repository: Type.Optional(
    Type.String({
      description: 'Id or name of the repository for something new; needed where several of the workspace take writes.',
      minLength: 1,
      maxLength: 253,
    }),
  ),
};

/** Header fields of writes that change or delete what is there. */
export const IF_MATCH = {
  'If-Match': 'The `ETag` of the answer that was read before; with another revision by now: 412.',
};

/** Errors of writes beyond those of every route. */
export const WRITE_ERRORS = [
  'conflict',
  'invalid_resource',
  'invalid_settings',
  'invalid_transform',
  'invalid_schedule',
  'reference_not_found',
  'literal_secret',
  'duplicate_resource',
  'git_unreachable',
] as const;

type WriteQuery = { workspace?: string; dry_run: boolean; repository?: string };
/** The part of a request that a write looks at. */
export type WritingRequest = Pick<RouteRequest<unknown, WriteQuery>, 'query' | 'caller' | 'requestId' | 'signal'>;

/** What is wished for, in one commit, and how to show what came of it. */
export interface Wish<T> {
  readonly changes: readonly WriteChange[];
  /** The subject of the commit: `Create pipeline orders`. */
  readonly subject: string;
  /** Called before the commit leaves, and at the latest when it is made: a failure from then on may be one of its answer only. */
  readonly sent?: () => void;
  /** The answer once it is done. */
  readonly view: () => T | Promise<T>;
}

/**
 * Asks the controller to make the changes. Throws what it throws, and `unavailable` when the client has gone before the
 * controller began; a commit that is made is never taken back.
 */
export async function write<T>(request: WritingRequest, deps: RouteDeps, wish: Wish<T>): Promise<Written<T>> {
  const { query, caller, requestId, signal } = request;
  const repositoryId = await repositoryOf(request, deps);
  const outcome = await deps.controller.write(
    {
      changes: wish.changes,
      subject: wish.subject,
      ...(repositoryId === undefined ? {} : { repositoryId }),
      author: authorOf(caller, deps.environment),
      requestId,
      dryRun: query.dry_run,
      waitMs: deps.limits.writeWaitMs,
      ...(wish.sent === undefined ? {} : { sent: wish.sent }),
    },
    signal,
  );
  wish.sent?.();
  if (outcome.form === 'planned') return { outcome: 'planned', value: planView(outcome.plan) };
  if (outcome.form === 'proposed' || outcome.form === 'committed') {
    return { outcome: 'pending', value: pendingWriteView(outcome) };
  }
  return { outcome: 'done', value: await wish.view() };
}

async function repositoryOf({ query, caller }: WritingRequest, deps: RouteDeps): Promise<string | undefined> {
  if (query.repository === undefined) return undefined;
  return (await findResource(deps, caller, 'Repository', query.repository, query.workspace)).id;
}

/**
 * The author of commits made with a token: its name, and an address that tells which token it was and that no mail can
 * ever reach (RFC 2606, section 2).
 */
function authorOf(caller: TokenRecord, environment: string): { readonly name: string; readonly email: string } {
  const name = caller.name.replaceAll(/[\p{Cc}<>]/gu, ' ').trim();
  return { name: name === '' ? caller.id : name, email: `${caller.id}@${environment}.headgate.invalid` };
}

/** What `read` finds after a write. Throws `conflict` when somebody deleted it in that very moment. */
export async function afterWrite<T>(resource: Resource, read: () => Promise<T | null>): Promise<T> {
  const found = await read();
  if (found !== null) return found;
  throw new HeadgateError('conflict', `${resource.kind} '${resource.metadata.name}' was written, and deleted again`);
}
