import { Type } from 'typebox';
import { Strict } from '../../crds/common.ts';
import { refOf } from '../../crds/index.ts';
import { refKey } from '../../foundation/ids.ts';
import type { StoredResource } from '../../controller/ports.ts';
import { findResource, listResources } from '../access/find.ts';
import { availableConnectors, keyOf as availableKey } from '../integrations/connector.ts';
import { fits, fitsIntegration } from '../integrations/search.ts';
import { pageByKey } from '../paging/keyed.ts';
import { pageQuery, windowOf } from '../paging/page.ts';
import { route, type Route } from '../route.ts';
import { IntegrationView, integrationView, ManifestView, manifestView } from '../views/integration.ts';
import { etagOf } from '../writes/precondition.ts';
import { idParams, WorkspaceFilter, workspaceQuery } from './schemas.ts';

const Query = Type.String({ description: 'Words to find.', minLength: 1, maxLength: 200 });
const keyOf = ({ resource }: StoredResource<'Connection'>): string => refKey(refOf(resource));

const available = route({
  id: 'listAvailableIntegrations',
  method: 'GET',
  path: '/integrations/available',
  scope: 'read',
  tag: 'Integrations',
  summary: 'The catalogue of connectors',
  description:
    'What integrations can be made of, with the schema of their settings. By name. `q` searches name, title and summary.',
  query: Strict({ q: Type.Optional(Query), workspace: WorkspaceFilter, ...pageQuery }),
  answer: { form: 'list', schema: ManifestView, total: true },
  examples: [{ title: 'All', path: '/integrations/available' }],
  handler: async ({ query, caller }, deps) => {
    const { q = '', workspace, ...paging } = query;
    const all = await availableConnectors(deps, caller, workspace);
    const found = all.filter(({ manifest: { name, title, summary } }) => fits(q, [name, title, summary]));
    const bound = { q, workspace, workspaces: caller.workspaces };
    const page = pageByKey(found, availableKey, windowOf(paging), deps.cursors, 'connectors', bound);
    return { ...page, items: page.items.map(({ manifest, workspace: of }) => manifestView(manifest, of)) };
  },
});

const list = route({
  id: 'listIntegrations',
  method: 'GET',
  path: '/integrations',
  scope: 'read',
  tag: 'Integrations',
  summary: 'List integrations',
  description: 'The connections that Git declares, in the order of workspace and name.',
  query: Strict({ workspace: WorkspaceFilter, ...pageQuery }),
  answer: { form: 'list', schema: IntegrationView, total: true },
  examples: [{ title: 'All', path: '/integrations' }],
  handler: async ({ query, caller }, deps) => {
    const { workspace, ...paging } = query;
    const visible = await listResources(deps, caller, 'Connection', workspace);
    const bound = { workspace, workspaces: caller.workspaces };
    const page = pageByKey(visible, keyOf, windowOf(paging), deps.cursors, 'integrations', bound);
    return { ...page, items: page.items.map(integrationView) };
  },
});

const search = route({
  id: 'searchIntegrations',
  sdk: 'integrations.search',
  method: 'GET',
  path: '/integrations/search',
  scope: 'read',
  tag: 'Integrations',
  summary: 'Search integrations',
  description:
    'Those of the list with every word of `q` in their name, title or service, whatever its case; without `q` all. The catalogue is searched with `GET /integrations/available?q=`.',
  query: Strict({ q: Type.Optional(Query), workspace: WorkspaceFilter, ...pageQuery }),
  answer: { form: 'list', schema: IntegrationView, total: true },
  examples: [{ title: 'By service', path: '/integrations/search?q=postgres' }],
  handler: async ({ query, caller }, deps) => {
    const { q = '', workspace, ...paging } = query;
    const visible = await listResources(deps, caller, 'Connection', workspace);
    const found = visible.filter((stored) => fitsIntegration(q, stored));
    const bound = { q, workspace, workspaces: caller.workspaces };
    const page = pageByKey(found, keyOf, windowOf(paging), deps.cursors, 'integration-search', bound);
    return { ...page, items: page.items.map(integrationView) };
  },
});

const get = route({
  id: 'getIntegration',
  method: 'GET',
  path: '/integrations/{id}',
  scope: 'read',
  tag: 'Integrations',
  summary: 'Get an integration',
  params: idParams('integration'),
  query: workspaceQuery,
  answer: { form: 'object', schema: IntegrationView },
  errors: ['not_found'],
  examples: [{ title: 'By name', path: '/integrations/shop-postgres' }],
  handler: async ({ params, query, caller, setHeader }, deps) => {
    const stored = await findResource(deps, caller, 'Connection', params.id, query.workspace);
    setHeader('ETag', etagOf(stored));
    return integrationView(stored);
  },
});

/** Before `/integrations/{id}`: connections called `available` and `search` are read by their ids. */
export const integrationRoutes: readonly Route[] = [available, list, search, get];
