import type { PipelineSpec } from '../crds/index.ts';
import { findConnector } from '../runner/connectors/index.ts';
import type { Resources, StoredResource } from './ports.ts';

type Pipeline = Pick<StoredResource<'Pipeline'>, 'id' | 'resource'>;

/**
 * Whether the pipeline is a stream pipeline: one of its sources has a connector that is `streaming`, named inline or by
 * its connection. One whose connection does not exist is none.
 */
export async function isStream(pipeline: Pipeline, resources: Pick<Resources, 'get'>): Promise<boolean> {
  return (await streamPipelines([pipeline], resources)).has(pipeline.id);
}

/** The ids of those among `pipelines` that are stream pipelines. Each connection is read once. */
export async function streamPipelines(
  pipelines: readonly Pipeline[],
  resources: Pick<Resources, 'get'>,
): Promise<ReadonlySet<string>> {
  const connections = new Map<string, Promise<string | undefined>>();
  const connectorOf = (namespace: string, name: string): Promise<string | undefined> => {
    const key = `${namespace}/${name}`;
    const found =
      connections.get(key) ??
      resources.get({ kind: 'Connection', namespace, name }).then((stored) => stored?.resource.spec.connector);
    connections.set(key, found);
    return found;
  };
  const found = new Set<string>();
  for (const { id, resource } of pipelines) {
    for (const { connector, connection } of sourcesOf(resource.spec)) {
      const name = connection === undefined ? connector : await connectorOf(resource.metadata.namespace, connection);
      if (name !== undefined && findConnector(name)?.streaming === true) found.add(id);
    }
  }
  return found;
}

function sourcesOf({ source, sources }: PipelineSpec): NonNullable<PipelineSpec['sources']> {
  return sources ?? (source === undefined ? [] : [source]);
}
