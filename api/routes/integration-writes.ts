import { Strict } from '../../crds/common.ts';
import type { Resource } from '../../crds/index.ts';
import { HeadgateError } from '../../foundation/errors.ts';
import { inboundKeyId } from '../../foundation/ids.ts';
import { askedWorkspace, findResource, ownWorkspace } from '../access/find.ts';
import type { RouteDeps } from '../deps.ts';
import { connectorFor } from '../integrations/connector.ts';
import { IntegrationChange, NewIntegration } from '../integrations/body.ts';
import { changedConnection, namesOf, newConnection, type IntegrationFields } from '../integrations/desired.ts';
import { placed } from '../integrations/places.ts';
import { writeConnection } from '../integrations/write.ts';
import { route, type Route, type RouteRequest } from '../route.ts';
import { IntegrationView } from '../views/integration.ts';
import { capturedName, forgetCaptured } from '../writes/capture-secrets.ts';
import { oneResource } from '../writes/document.ts';
import { freeName } from '../writes/names.ts';
import { checkIfMatch } from '../writes/precondition.ts';
import { IF_MATCH, write, WRITE_ERRORS, writeQuery } from '../writes/write.ts';
import { idParams } from './schemas.ts';

const DESIGN_EXAMPLE = {
  service: 'klaviyo',
  enabled: true,
  name: 'Klaviyo Marketing',
  settings: { apiKey: 'pk_xxx...' },
  synchronizations: [
    { eventType: 'order.created', enabled: true },
    { eventType: 'order.updated', enabled: true },
  ],
};
const THROUGH_GIT =
  'The change becomes a commit (or a pull request, as the repository asks: 202); the answer comes once it is synced.';

const create = route({
  id: 'createIntegration',
  sdk: 'integrations.create',
  method: 'POST',
  path: '/integrations',
  scope: 'write',
  tag: 'Integrations',
  summary: 'Create an integration',
  description: `The body is these fields, or the Connection as JSON or YAML. ${THROUGH_GIT} A name that an integration has already is a 409.`,
  query: Strict(writeQuery),
  body: NewIntegration,
  documents: true,
  answer: { form: 'written', schema: IntegrationView, status: 201 },
  errors: [...WRITE_ERRORS, 'not_found', 'invalid_yaml'],
  examples: [{ title: 'Klaviyo, for two types of events', path: '/integrations', body: DESIGN_EXAMPLE }],
  handler: async (request, deps) => {
    const resource = await wished(request, deps);
    const { name, namespace } = resource.metadata;
    askedWorkspace(request.caller, namespace);
    const known = await deps.resources.get({ kind: 'Connection', namespace, name });
    if (known !== null) {
      throw new HeadgateError('conflict', `there is an integration '${name}' already: ${known.id}`, {
        hint: 'change it with PUT, or choose another `name`',
      });
    }
    const written = await placed(request, () => writeConnection(request, deps, 'create', resource));
    if (written.outcome === 'done') request.setHeader('Location', request.href(`/integrations/${written.value.id}`));
    return written;
  },
});

type Query = { workspace?: string; dry_run: boolean; repository?: string };

async function wished(
  { documents, body, query, caller }: RouteRequest<unknown, Query, IntegrationFields & { readonly service: string }>,
  deps: RouteDeps,
): Promise<Resource<'Connection'>> {
  const namespace = ownWorkspace(caller, query.workspace);
  if (documents !== undefined) return oneResource(documents, 'Connection', namespace);
  const { name, exact, title } = namesOf(body);
  const connector = await connectorFor(deps, namespace, body.service);
  const free = exact ? name : await freeNameFor(deps, namespace, name, title);
  return newConnection(connector, { name: free, namespace }, title, body);
}

/** One that no integration has, unless one has the same title: whoever asks again gets a conflict, not a second one. */
async function freeNameFor(
  { resources }: RouteDeps,
  namespace: string,
  name: string,
  title: string | undefined,
): Promise<string> {
  if ((await resources.get({ kind: 'Connection', namespace, name })) === null) return name;
  const all = (await resources.list({ kind: 'Connection', namespace })).map(({ resource }) => resource);
  const same = title === undefined ? undefined : all.find(({ spec }) => spec.title === title);
  if (same !== undefined) return same.metadata.name;
  const taken = new Set(all.map(({ metadata }) => metadata.name));
  return freeName(name, (candidate) => taken.has(candidate));
}

const shared = {
  path: '/integrations/{id}',
  scope: 'write',
  tag: 'Integrations',
  params: idParams('integration'),
  query: Strict(writeQuery),
  headers: IF_MATCH,
} as const;
const changing = {
  ...shared,
  body: IntegrationChange,
  answer: { form: 'written', schema: IntegrationView, status: 200 },
  errors: [...WRITE_ERRORS, 'not_found', 'invalid_yaml', 'precondition_failed'],
} as const;
const MERGED = 'What is left out stays; members of `settings` are merged, and null removes one.';

type ChangeRequest = RouteRequest<{ id: string }, Query, IntegrationFields>;

const update = route({
  ...changing,
  id: 'updateIntegration',
  sdk: 'integrations.update',
  method: 'PUT',
  summary: 'Update an integration',
  description: `${MERGED} With the Connection as JSON or YAML in the body, it is replaced as a whole. ${THROUGH_GIT}`,
  documents: true,
  examples: [
    {
      title: 'Switch it off',
      path: '/integrations/shop-postgres',
      body: { enabled: false, settings: { schema: 'eu' } },
    },
  ],
  handler: (request, deps) => change(request, deps),
});

const patch = route({
  ...changing,
  id: 'patchIntegration',
  sdk: 'integrations.patch',
  method: 'PATCH',
  summary: 'Change parts of an integration',
  description: `${MERGED} ${THROUGH_GIT}`,
  examples: [{ title: 'Switch it on', path: '/integrations/shop-postgres', body: { enabled: true } }],
  handler: (request, deps) => change(request, deps),
});

async function change(request: ChangeRequest, deps: RouteDeps): ReturnType<typeof writeConnection> {
  const { params, query, caller, documents, body } = request;
  const stored = await findResource(deps, caller, 'Connection', params.id, query.workspace);
  checkIfMatch(request, stored);
  const { name, namespace } = stored.resource.metadata;
  if (documents === undefined) {
    const connector = await connectorFor(deps, namespace, body.service ?? stored.resource.spec.connector);
    const changed = changedConnection(connector, stored.resource, body);
    return placed(request, () => writeConnection(request, deps, 'update', changed));
  }
  const resource = oneResource(documents, 'Connection', namespace);
  if (resource.metadata.name !== name || resource.metadata.namespace !== namespace) {
    throw new HeadgateError(
      'invalid_request',
      `the body is for '${resource.metadata.name}', and the path for '${name}'`,
      {
        issues: [{ pointer: '/metadata/name', message: `must be '${name}', in the workspace '${namespace}'` }],
        hint: 'an integration keeps its name: create another one, and delete this one',
      },
    );
  }
  return placed(request, () => writeConnection(request, deps, 'update', resource));
}

/** So many pipelines are named that use it. */
const MAX_NAMED = 20;

const remove = route({
  ...shared,
  id: 'deleteIntegration',
  sdk: 'integrations.delete',
  method: 'DELETE',
  summary: 'Delete an integration',
  description: `One that pipelines use stays: 409 names them. Its inbound key, and the secrets that were stored for it, go with it. ${THROUGH_GIT}`,
  answer: { form: 'deleted', written: true },
  errors: [...WRITE_ERRORS, 'not_found', 'precondition_failed'],
  handler: async (request, deps) => {
    const { params, query, caller } = request;
    const stored = await findResource(deps, caller, 'Connection', params.id, query.workspace);
    checkIfMatch(request, stored);
    const uses = await deps.uses.of(stored);
    const { name, namespace } = stored.resource.metadata;
    if (uses.length > 0) {
      const names = uses.slice(0, MAX_NAMED).map((use) => `'${use.name}'`);
      const more = uses.length > MAX_NAMED ? ` and ${uses.length - MAX_NAMED} more` : '';
      throw new HeadgateError('conflict', `'${name}' is used by ${names.join(', ')}${more}`, {
        hint: 'delete or change these pipelines first',
      });
    }
    const written = await write(request, deps, {
      changes: [{ action: 'delete', ref: { kind: 'Connection', namespace, name } }],
      subject: `Delete connection ${name}`,
      view: () => ({ id: stored.id }),
    });
    if (written.outcome !== 'done') return written;
    await deps.revokeToken(inboundKeyId(stored.id));
    await forgetCaptured(deps, namespace, capturedName('Connection', name));
    return written;
  },
});

export const integrationWriteRoutes: readonly Route[] = [create, update, patch, remove];
