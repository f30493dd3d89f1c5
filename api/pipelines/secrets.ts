/** Secrets in the inline settings of a pipeline. */
import type { DestinationSpec, PipelineSpec, Resource, SourceSpec } from '../../crds/index.ts';
import type { RouteDeps } from '../deps.ts';
import { lookUpConnector } from '../../controller/catalogue.ts';
import { REFERENCE } from '../../runner/references.ts';
import { capturedName, captureSecrets, type UndoCapture } from '../writes/capture-secrets.ts';

type Capture = { readonly dryRun: boolean; readonly undo: UndoCapture[] };
type Endpoint = SourceSpec | DestinationSpec;

/** The pipeline with references in the place of literal secrets, whose values are in the secret store then. */
export async function withCapturedSecrets(
  deps: Pick<RouteDeps, 'secrets' | 'resources'>,
  resource: Resource<'Pipeline'>,
  { dryRun, undo }: Capture,
): Promise<Resource<'Pipeline'>> {
  const { metadata, spec } = resource;
  const captured = async <E extends Endpoint>(endpoint: E, prefix: string): Promise<E> => {
    if (endpoint.connector === undefined || endpoint.settings === undefined) return endpoint;
    const connector = await lookUpConnector(endpoint.connector, metadata.namespace, deps.resources);
    if (connector === undefined) return endpoint;
    const settings = await captureSecrets(deps, {
      workspace: metadata.namespace,
      resource: capturedName('Pipeline', metadata.name),
      connectorSettingsSchema: connector.settings,
      settings: endpoint.settings,
      prefix,
      undo,
      dryRun,
    });
    return { ...endpoint, settings };
  };
  return { ...resource, spec: await mapEndpoints(spec, captured) };
}

/** A copy's own secrets: those that were captured for the original are copied, and the copy refers to its own. */
export async function withCopiedSecrets(
  { secrets }: Pick<RouteDeps, 'secrets'>,
  resource: Resource<'Pipeline'>,
  from: string,
  { dryRun, undo }: Capture,
): Promise<Resource<'Pipeline'>> {
  const { namespace, name } = resource.metadata;
  const [old, own] = [capturedName('Pipeline', from), capturedName('Pipeline', name)];
  const values: Record<string, string> = {};
  const keys = new Set<string>();
  const rewritten = (value: unknown): unknown => {
    if (typeof value === 'string') {
      return value.replaceAll(REFERENCE, (text, escape: string, kind: string, path: string) => {
        if (escape !== '' || kind !== 'secret' || !path.startsWith(`${old}/`)) return text;
        const key = path.slice(old.length + 1);
        keys.add(key);
        return `\${secret:${own}/${key}}`;
      });
    }
    if (Array.isArray(value)) return value.map(rewritten);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([member, inner]) => [member, rewritten(inner)]));
  };
  const spec = rewritten(resource.spec) as PipelineSpec;
  for (const key of keys) {
    const value = await secrets.read(namespace, old, key);
    if (value !== null) values[key] = value;
  }
  if (!dryRun && Object.keys(values).length > 0) {
    undo.push(async () => {
      await secrets.remove(namespace, own, Object.keys(values));
    });
    await secrets.set(namespace, own, values);
  }
  return { ...resource, spec };
}

async function mapEndpoints(
  spec: PipelineSpec,
  map: <E extends Endpoint>(endpoint: E, prefix: string) => Promise<E>,
): Promise<PipelineSpec> {
  const several = <E extends Endpoint>(endpoints: readonly E[], role: string): Promise<E[]> =>
    Promise.all(endpoints.map((each, index) => map(each, `${role}.${each.name ?? index}`)));
  return {
    ...spec,
    ...(spec.source === undefined ? {} : { source: await map(spec.source, 'source') }),
    ...(spec.sources === undefined ? {} : { sources: await several(spec.sources, 'sources') }),
    ...(spec.destination === undefined ? {} : { destination: await map(spec.destination, 'destination') }),
    ...(spec.destinations === undefined ? {} : { destinations: await several(spec.destinations, 'destinations') }),
  };
}
