/** Secrets in the inline settings of a pipeline. */
import type { DestinationSpec, PipelineSpec, Resource, SourceSpec } from '../../crds/index.ts';
import type { RouteDeps } from '../deps.ts';
import type { SecretValues } from '../../store/secrets/secret-store.ts';
import { lookUpConnector } from '../../controller/catalogue.ts';
import { REFERENCE } from '../../runner/references.ts';
import { capturedName, captureSecrets, keysIn, type UndoCapture } from '../writes/capture-secrets.ts';

interface Capture {
  readonly dryRun: boolean;
  readonly undo: UndoCapture[];
  /** The specification that is live under the name; there is none yet of a new pipeline. */
  readonly current?: PipelineSpec | undefined;
}

type Endpoint = SourceSpec | DestinationSpec;

/** The pipeline with references in the place of literal secrets, whose values are in the secret store then. */
export async function withCapturedSecrets(
  deps: Pick<RouteDeps, 'secrets' | 'resources'>,
  resource: Resource<'Pipeline'>,
  { dryRun, undo, current }: Capture,
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
      current,
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
  const values = await valuesOf(secrets, namespace, old, keysIn(resource.spec, old));
  if (values.length === 0) return resource;
  const keys = dryRun ? values.map(([key]) => key) : await secrets.add(namespace, own, values);
  if (!dryRun) undo.push(async () => void (await secrets.remove(namespace, own, keys)));
  const ownKeys = new Map(values.map(([key], index) => [key, keys[index]!]));
  const rewritten = (value: unknown): unknown => {
    if (typeof value === 'string') {
      return value.replaceAll(REFERENCE, (text, escape: string, kind: string, path: string) => {
        if (escape !== '' || kind !== 'secret' || !path.startsWith(`${old}/`)) return text;
        const key = ownKeys.get(path.slice(old.length + 1));
        return key === undefined ? text : `\${secret:${own}/${key}}`;
      });
    }
    if (Array.isArray(value)) return value.map(rewritten);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([member, inner]) => [member, rewritten(inner)]));
  };
  return { ...resource, spec: rewritten(resource.spec) as PipelineSpec };
}

async function valuesOf(
  secrets: SecretValues,
  workspace: string,
  name: string,
  keys: ReadonlySet<string>,
): Promise<(readonly [key: string, value: string])[]> {
  const found: (readonly [string, string])[] = [];
  for (const key of keys) {
    const value = await secrets.read(workspace, name, key);
    if (value !== null) found.push([key, value]);
  }
  return found;
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
