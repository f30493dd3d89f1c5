import { parseRefKey, type Kind } from '../../foundation/ids.ts';
import { HeadgateError, type ErrorRecord } from '../../foundation/errors.ts';
import { NAME_PATTERN } from '../../crds/common.ts';
import type { PipelineSummary, Resources, StoredResource } from '../../controller/ports.ts';
import type { TokenRecord } from '../../store/ports.ts';
import type { RouteDeps } from '../deps.ts';

const NAME = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
/** Ids hold an underscore, names never do. */
const ID = /^[a-z]{2,8}_[0-9a-z]{1,64}$/;
const WORDS: Record<Kind, string> = {
  Pipeline: 'pipeline',
  Connection: 'connection',
  Connector: 'connector',
  Repository: 'repository',
  Run: 'run',
};

/** Whether the token may see this workspace. */
export function maySee(token: TokenRecord, workspace: string): boolean {
  return token.workspaces === null || token.workspaces.includes(workspace);
}

/**
 * Whether the token may see an error of a sync or a plan: it is about a resource of its workspaces, or about no file at
 * all. What stands in a file that cannot be read is known to be nobody's in particular.
 */
export function maySeeError(token: TokenRecord, { workspace, at }: ErrorRecord): boolean {
  if (token.workspaces === null) return true;
  return workspace === undefined ? at === undefined : maySee(token, workspace);
}

/** The workspace that was asked for, checked against the token: `forbidden` when it may not see it. */
export function askedWorkspace(token: TokenRecord, workspace: string | undefined): string | undefined {
  if (workspace !== undefined && !maySee(token, workspace)) {
    throw new HeadgateError('forbidden', `the token is not for the workspace '${workspace}'`, {
      hint: `it is for: ${(token.workspaces ?? []).join(', ')}`,
    });
  }
  return workspace;
}

/** Where names are looked up: the workspace that was asked for, else the token's only one, else `default`. */
export function lookupWorkspace(token: TokenRecord, workspace: string | undefined): string {
  const asked = askedWorkspace(token, workspace);
  return asked ?? (token.workspaces?.length === 1 ? token.workspaces[0]! : 'default');
}

const WORKSPACE = new RegExp(NAME_PATTERN);

/**
 * Where something is made or changed by its name alone: as names are looked up, but never where the token may see nothing.
 * Throws `forbidden` then, and `invalid_request` for what no workspace is called.
 */
export function ownWorkspace(token: TokenRecord, workspace: string | undefined): string {
  const own = askedWorkspace(token, lookupWorkspace(token, workspace))!;
  if (WORKSPACE.test(own)) return own;
  throw new HeadgateError('invalid_request', `'${own}' is no name of a workspace`, {
    issues: [{ pointer: '/query/workspace', message: 'must consist of lower-case letters, digits and inner hyphens' }],
  });
}

/** All resources of a kind that the token may see, in one workspace or all. */
export async function listResources<K extends Kind>(
  deps: RouteDeps,
  token: TokenRecord,
  kind: K,
  workspace: string | undefined,
): Promise<readonly StoredResource<K>[]> {
  const namespace = askedWorkspace(token, workspace);
  const found = await deps.resources.list({ kind, ...(namespace === undefined ? {} : { namespace }) });
  return found.filter((stored) => maySee(token, stored.resource.metadata.namespace));
}

/** The inventory of the pipelines that the token may see, without reading what stands in them. */
export async function listPipelineIndex(
  deps: RouteDeps,
  token: TokenRecord,
  workspace: string | undefined,
): Promise<readonly PipelineSummary[]> {
  const namespace = askedWorkspace(token, workspace);
  const found = await deps.resources.pipelineIndex(namespace);
  return token.workspaces === null ? found : found.filter(({ key }) => maySee(token, parseRefKey(key).namespace));
}

/**
 * The resource with this id or name. Throws `not_found` when there is none, and also when the token may not see its
 * workspace: whether it exists there is not the caller's business.
 */
export async function findResource<K extends Kind>(
  deps: RouteDeps,
  token: TokenRecord,
  kind: K,
  idOrName: string,
  workspace?: string,
): Promise<StoredResource<K>> {
  const namespace = lookupWorkspace(token, workspace);
  const stored = await lookUp(deps.resources, kind, namespace, idOrName);
  if (stored === null || !maySee(token, stored.resource.metadata.namespace)) throw noSuch(kind, idOrName, namespace);
  return stored;
}

/** The resource with this id, or with this name in the namespace, whoever may see it. */
export async function lookUp<K extends Kind>(
  resources: Pick<Resources, 'get' | 'getById'>,
  kind: K,
  namespace: string,
  idOrName: string,
): Promise<StoredResource<K> | null> {
  let stored: StoredResource | null = null;
  if (ID.test(idOrName)) stored = await resources.getById(idOrName);
  else if (NAME.test(idOrName) && idOrName.length <= 253) {
    stored = await resources.get({ kind, namespace, name: idOrName });
  }
  return stored?.resource.kind === kind ? (stored as StoredResource<K>) : null;
}

/** `not_found`, with where it was looked for. */
export function noSuch(kind: Kind, idOrName: string, namespace: string): HeadgateError {
  return new HeadgateError('not_found', `there is no ${WORDS[kind]} '${idOrName.slice(0, 100)}'`, {
    hint: `names are looked up in the workspace '${namespace}'; \`workspace=\` (on the command line \`-w\`) chooses another`,
  });
}
