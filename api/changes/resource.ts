/** What a change is about, as far as request and answer tell. */
import type { AuditEnd } from '../../store/audit-ports.ts';
import type { TokenRecord } from '../../store/ports.ts';
import type { RouteDeps } from '../deps.ts';
import { lookupWorkspace } from '../access/find.ts';
import { paramNames, type Route } from '../route.ts';

export interface ChangeRequest {
  readonly params: object;
  readonly query: object;
  readonly body: unknown;
}

type About = Pick<AuditEnd, 'resource' | 'workspace'>;

/** Ids of resources hold an underscore, names never do. */
const ID = /^[a-z]{2,8}_[0-9a-z]{1,64}$/;
const MAX_LENGTH = 300;

/**
 * What a request is about: `pipelines/orders` for `POST /pipelines/orders/pause`, and the workspace: that of the resource
 * where an id names it, whatever else the request says, else the one that is asked for, else where names are looked up.
 */
export async function addressedBy(
  route: Route,
  request: ChangeRequest,
  caller: TokenRecord,
  deps: Pick<RouteDeps, 'resources'>,
): Promise<About> {
  const [kind = ''] = route.path.split('/').filter((part) => part !== '');
  const [first] = paramNames(route.path);
  const named = first === undefined ? nameIn(request.body) : text(member(request.params, first));
  return {
    resource: (named === null ? kind : `${kind}/${named}`).slice(0, MAX_LENGTH),
    workspace: await workspaceOf(route, request, named, caller, deps),
  };
}

/** What the result of a handler adds: objects of all views have these names. */
export function becameOf(result: unknown, resource: string | null): Partial<AuditEnd> {
  const written = member(result, 'outcome');
  const value = written === undefined ? result : member(result, 'value');
  const workspace = text(member(value, 'workspace'));
  const name = resource?.includes('/') === false ? (text(member(value, 'name')) ?? text(member(value, 'id'))) : null;
  return {
    // Of other results it is the revision of a definition, which did not change.
    ...(written === undefined
      ? {}
      : { revision: text(member(value, 'revision')), branch: text(member(value, 'branch')) }),
    ...(written === 'planned' ? { code: 'dry_run' } : {}),
    ...(workspace === null ? {} : { workspace }),
    ...(name === null ? {} : { resource: `${resource}/${name}`.slice(0, MAX_LENGTH) }),
  };
}

function workspaceIn({ query, body }: ChangeRequest): string | null {
  return (
    text(member(query, 'workspace')) ??
    text(member(body, 'workspace')) ??
    text(member(member(body, 'metadata'), 'namespace'))
  );
}

function nameIn(body: unknown): string | null {
  return text(member(body, 'name')) ?? text(member(member(body, 'metadata'), 'name'));
}

async function workspaceOf(
  route: Route,
  request: ChangeRequest,
  named: string | null,
  caller: TokenRecord,
  { resources }: Pick<RouteDeps, 'resources'>,
): Promise<string | null> {
  const byId = named !== null && ID.test(named);
  const real = byId ? (await resources.getById(named))?.resource.metadata.namespace : undefined;
  const asked = real ?? workspaceIn(request);
  if (asked !== null || byId || route.query?.properties['workspace'] === undefined) return asked;
  return lookupWorkspace(caller, undefined);
}

function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

function text(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value.slice(0, MAX_LENGTH) : null;
}
