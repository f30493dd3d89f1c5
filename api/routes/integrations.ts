import { Strict } from '../../crds/common.ts';
import { refOf } from '../../crds/index.ts';
import { refKey } from '../../foundation/ids.ts';
import { manifestsOf } from '../../runner/connectors/catalogue.ts';
import { connectors } from '../../runner/connectors/index.ts';
import { findResource, listResources } from '../access/find.ts';
import { pageByKey } from '../paging/keyed.ts';
import { pageQuery, windowOf } from '../paging/page.ts';
import { route, type Route } from '../route.ts';
import { IntegrationView, integrationView, ManifestView, manifestView } from '../views/integration.ts';
import { idParams, WorkspaceFilter, workspaceQuery } from './schemas.ts';

const available = route({
  id: 'listAvailableIntegrations',
  method: 'GET',
  path: '/integrations/available',
  scope: 'read',
  tag: 'Integrations',
  summary: 'The catalogue of connectors',
  description: 'What integrations can be made of, with the schema of their settings. By name.',
  query: Strict(pageQuery),
  answer: { form: 'list', schema: ManifestView, total: true },
  examples: [{ title: 'All', path: '/integrations/available' }],
  handler: ({ query }, deps) => {
    const manifests = manifestsOf(connectors);
    const page = pageByKey(manifests, ({ name }) => name, windowOf(query), deps.cursors, 'connectors', null);
    return { ...page, items: page.items.map(manifestView) };
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
    const page = pageByKey(
      visible,
      (stored) => refKey(refOf(stored.resource)),
      windowOf(paging),
      deps.cursors,
      'integrations',
      bound,
    );
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
  handler: async ({ params, query, caller }, deps) =>
    integrationView(await findResource(deps, caller, 'Connection', params.id, query.workspace)),
});

/** The catalogue stands before `/integrations/{id}`: a connection called `available` is read by its id. */
export const integrationRoutes: readonly Route[] = [available, list, get];
