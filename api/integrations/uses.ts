import type { StoredResource } from '../../controller/ports.ts';
import type { RouteDeps } from '../deps.ts';

/** A pipeline that uses a connection. */
export interface Use {
  readonly pipeline: StoredResource<'Pipeline'>;
  readonly reads: boolean;
  readonly writes: boolean;
}

/** Who uses a connection: pipelines of its workspace only, by name. Those that are being deleted count, too. */
export async function usesOf(
  deps: Pick<RouteDeps, 'resources'>,
  { resource: { metadata } }: StoredResource<'Connection'>,
): Promise<readonly Use[]> {
  const names = (endpoint: { readonly connection?: string } | undefined): boolean =>
    endpoint?.connection === metadata.name;
  const pipelines = await deps.resources.list({ kind: 'Pipeline', namespace: metadata.namespace });
  return pipelines.flatMap((pipeline) => {
    const { source, sources = [], destination, destinations = [] } = pipeline.resource.spec;
    const reads = [source, ...sources].some(names);
    const writes = [destination, ...destinations].some(names);
    return reads || writes ? [{ pipeline, reads, writes }] : [];
  });
}
