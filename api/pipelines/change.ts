/** Changes of parts of a pipeline, in its flat form or over the resource. */
import type { Static } from 'typebox';
import type { StoredResource } from '../../controller/ports.ts';
import { HeadgateError } from '../../foundation/errors.ts';
import type { RouteDeps } from '../deps.ts';
import type { RouteRequest, Written } from '../route.ts';
import { pipelineView, type PipelineView } from '../views/pipeline.ts';
import { flatChange, type FlatPipeline, type PatchedPipeline } from '../writes/flat.ts';
import { changedPipeline } from '../writes/flat-change.ts';
import { withoutEcho } from '../writes/flat-echo.ts';
import { flatPlaces } from '../writes/flat-places.ts';
import { mergePatch } from '../writes/merge.ts';
import type { WritingRequest } from '../writes/write.ts';
import { catalogueOf } from './catalogue.ts';
import { checkedPipeline, updatePipeline, withPlaces } from './write.ts';

type ChangeRequest = WritingRequest & Pick<RouteRequest, 'titled'>;

/** A merge patch over the resource where it has `metadata` or `spec`, else over the flat form. */
export async function patchPipeline(
  request: ChangeRequest,
  deps: RouteDeps,
  stored: StoredResource<'Pipeline'>,
  body: Static<typeof PatchedPipeline>,
): Promise<Written<PipelineView>> {
  const { apiVersion, kind, metadata, spec, ...flat } = body;
  const whole = Object.entries({ apiVersion, kind, metadata, spec }).filter(([, part]) => part !== undefined);
  if (whole.length === 0) return changeFlat(request, deps, stored, flat as FlatPipeline, 'merge');
  refuseMixed(flat);
  const merged = mergePatch({ ...stored.resource }, Object.fromEntries(whole));
  const resource = checkedPipeline(merged, stored.resource.metadata.namespace, (pointer) => pointer);
  return updatePipeline(request, deps, stored, resource);
}

/** Changes what a flat body names: `replace` part by part, `merge` member by member. */
export async function changeFlat(
  request: ChangeRequest,
  deps: RouteDeps,
  stored: StoredResource<'Pipeline'>,
  body: FlatPipeline,
  how: 'replace' | 'merge',
): Promise<Written<PipelineView>> {
  const { resource } = stored;
  const { namespace } = resource.metadata;
  const shown = pipelineView(stored, undefined, undefined, { now: deps.clock(), full: true });
  const wish = withoutEcho(body, shown, request.titled);
  const change = flatChange(wish, await catalogueOf(deps, namespace));
  const place = flatPlaces(wish);
  const changed = { ...resource, ...changedPipeline(resource, change, how) };
  const checked = checkedPipeline(changed, namespace, place);
  return withPlaces(place, () => updatePipeline(request, deps, stored, checked));
}

function refuseMixed(flat: object): void {
  const [field] = Object.keys(flat);
  if (field === undefined) return;
  throw new HeadgateError('invalid_request', 'the patch mixes the resource with its flat form', {
    issues: [{ pointer: `/${field}`, message: 'cannot stand beside `metadata` or `spec`' }],
  });
}
