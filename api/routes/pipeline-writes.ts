import { Type } from 'typebox';
import { Strict } from '../../crds/common.ts';
import { findResource, ownWorkspace } from '../access/find.ts';
import type { StoredResource } from '../../controller/ports.ts';
import { catalogueOf } from '../pipelines/catalogue.ts';
import { changeFlat, patchPipeline } from '../pipelines/change.ts';
import { underFreeName } from '../pipelines/free-name.ts';
import {
  checkedPipeline,
  createPipeline,
  deletePipeline,
  duplicatePipeline,
  updatePipeline,
  withPlaces,
} from '../pipelines/write.ts';
import type { RouteDeps } from '../deps.ts';
import { route, type Route, type RouteRequest, type Written } from '../route.ts';
import { PipelineView } from '../views/pipeline.ts';
import { oneResource } from '../writes/document.ts';
import { ChangedPipeline, flatChange, NewPipeline, PatchedPipeline } from '../writes/flat.ts';
import { newPipeline, resourceNameOf } from '../writes/flat-change.ts';
import { flatPlaces } from '../writes/flat-places.ts';
import { checkIfMatch } from '../writes/precondition.ts';
import { IF_MATCH, WRITE_ERRORS, writeQuery, type WritingRequest } from '../writes/write.ts';
import { idParams } from './schemas.ts';

const shared = {
  scope: 'write',
  tag: 'Pipelines',
  query: Strict(writeQuery),
} as const;
const one = { ...shared, path: '/pipelines/{id}', params: idParams('pipeline'), headers: IF_MATCH } as const;
const changeErrors = [...WRITE_ERRORS, 'invalid_yaml', 'not_found', 'precondition_failed'] as const;

const create = route({
  ...shared,
  id: 'createPipeline',
  method: 'POST',
  path: '/pipelines',
  summary: 'Create a pipeline',
  description:
    'The body is the resource as Git holds it (JSON or YAML), or its flat form. It becomes a commit: 201 once that is synced, 202 with a branch or commit before. A name for people becomes the title, and the resource is called alike in small letters and hyphens. Literal secrets go into the secret store, and references to them into Git.',
  body: NewPipeline,
  documents: true,
  answer: { form: 'written', schema: PipelineView, status: 201 },
  errors: [...WRITE_ERRORS, 'invalid_yaml', 'not_found'],
  examples: [
    {
      title: 'Flat',
      path: '/pipelines',
      body: {
        name: 'leads-to-hubspot',
        source_id: 'leads',
        destination_id: 'hubspot',
        transform: [{ rename: { user_id: 'contact_id' } }],
      },
    },
  ],
  handler: async (request, deps) => {
    const { body, documents, query, caller } = request;
    const namespace = ownWorkspace(caller, query.workspace);
    if (documents !== undefined) {
      return created(request, await createPipeline(request, deps, oneResource(documents, 'Pipeline', namespace)));
    }
    const wished = resourceNameOf(body.name, body.config?.name);
    const called = request.titled && !wished.exact ? { ...body, title: body.name } : body;
    const change = flatChange(called, await catalogueOf(deps, namespace));
    const place = flatPlaces(body);
    const create = (name: string): Promise<Written<PipelineView>> => {
      const resource = checkedPipeline(newPipeline(change, { name, namespace }), namespace, place);
      return createPipeline(request, deps, resource);
    };
    return created(request, await withPlaces(place, () => underFreeName(deps, namespace, wished, create)));
  },
});

const replace = route({
  ...one,
  id: 'updatePipeline',
  method: 'PUT',
  summary: 'Update a pipeline',
  description:
    'A resource (with `kind`) takes the place of the whole definition. In the flat form, each field that is given takes the place of what was there, null removes it, and the others stay; what only answers hold is ignored, so that an answer can be changed and sent back.',
  body: ChangedPipeline,
  documents: true,
  answer: { form: 'written', schema: PipelineView, status: 200 },
  errors: changeErrors,
  examples: [
    {
      title: 'Another schedule, and off for now',
      path: '/pipelines/orders',
      body: { schedule: '0 */4 * * *', enabled: false },
    },
  ],
  handler: async (request, deps) => {
    const { body, documents } = request;
    const stored = await target(request, deps);
    if (documents === undefined) return tagged(request, await changeFlat(request, deps, stored, body, 'replace'));
    const { namespace } = stored.resource.metadata;
    return tagged(request, await updatePipeline(request, deps, stored, oneResource(documents, 'Pipeline', namespace)));
  },
});

const patch = route({
  ...one,
  id: 'patchPipeline',
  method: 'PATCH',
  summary: 'Change parts of a pipeline',
  description:
    'A JSON Merge Patch (RFC 7396, `application/merge-patch+json` or any JSON or YAML) over the flat form, or, with `metadata` or `spec`, over the resource: members of objects are merged, null removes one, arrays are replaced as a whole.',
  body: PatchedPipeline,
  answer: { form: 'written', schema: PipelineView, status: 200 },
  errors: changeErrors,
  examples: [{ title: 'Larger batches', path: '/pipelines/orders', body: { batch: { size: 500 } } }],
  handler: async (request, deps) => {
    const stored = await target(request, deps);
    return tagged(request, await patchPipeline(request, deps, stored, request.body));
  },
});

const remove = route({
  ...one,
  id: 'deletePipeline',
  method: 'DELETE',
  summary: 'Delete a pipeline',
  description:
    'With its runs and events. Events that were accepted are still delivered, for ten minutes at most; new ones are refused. There is no way back but the history of Git.',
  answer: { form: 'deleted', written: true },
  errors: changeErrors,
  examples: [{ title: 'By name', path: '/pipelines/orders' }],
  handler: async (request, deps) => deletePipeline(request, deps, await target(request, deps)),
});

const duplicate = route({
  ...shared,
  id: 'duplicatePipeline',
  method: 'POST',
  path: '/pipelines/{id}/duplicate',
  params: idParams('pipeline'),
  summary: 'Duplicate a pipeline',
  description:
    'A new pipeline with the same definition. Without a name its title is that of the original with ` (Copy)`. Incremental state, runs and events are not copied.',
  body: Strict(
    { name: Type.Optional(Type.String({ description: 'As for a new pipeline.', minLength: 1, maxLength: 256 })) },
    { title: 'PipelineCopy' },
  ),
  bodyOptional: true,
  answer: { form: 'written', schema: PipelineView, status: 201 },
  errors: changeErrors,
  examples: [{ title: 'A copy to try with', path: '/pipelines/orders/duplicate', body: { name: 'Orders (test)' } }],
  handler: async (request, deps) => {
    const { params, query, caller, body } = request;
    const stored = await findResource(deps, caller, 'Pipeline', params.id, query.workspace);
    const { metadata, spec } = stored.resource;
    const title = body?.name ?? `${spec.title ?? metadata.name} (Copy)`;
    const wished = body?.name === undefined ? { name: `${metadata.name}-copy`, exact: false } : resourceNameOf(title);
    const written = await underFreeName(deps, metadata.namespace, wished, (name) =>
      duplicatePipeline(request, deps, stored, { name, title: wished.exact ? null : title }),
    );
    return created(request, written);
  },
});

type OnOne = WritingRequest & Pick<RouteRequest<{ readonly id: string }>, 'params' | 'header' | 'setHeader'>;

async function target(request: OnOne, deps: RouteDeps): Promise<StoredResource<'Pipeline'>> {
  const { params, query, caller } = request;
  const stored = await findResource(deps, caller, 'Pipeline', params.id, query.workspace);
  checkIfMatch(request, stored);
  return stored;
}

function created(
  request: Pick<RouteRequest, 'href' | 'setHeader'>,
  written: Written<PipelineView>,
): Written<PipelineView> {
  if (written.outcome === 'done') request.setHeader('Location', request.href(`/pipelines/${written.value.id}`));
  return tagged(request, written);
}

function tagged(request: Pick<RouteRequest, 'setHeader'>, written: Written<PipelineView>): Written<PipelineView> {
  if (written.outcome === 'done') request.setHeader('ETag', `"${written.value.revision}"`);
  return written;
}

export const pipelineWriteRoutes: readonly Route[] = [create, replace, patch, remove, duplicate];
