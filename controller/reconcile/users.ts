/** Who has to be looked at when a connection or a declared connector changes. */
import { refOf, type Resource } from '../../crds/index.ts';
import { refKey } from '../../foundation/ids.ts';
import type { Resources } from '../ports.ts';

/** The keys of the connections and pipelines that use one of `changed` (keys of Connections and Connectors). */
export async function usersOf(
  changed: ReadonlySet<string>,
  resources: Pick<Resources, 'list'>,
): Promise<readonly string[]> {
  const names = (name: string | undefined, kind: string, { metadata }: Resource): boolean =>
    name !== undefined && changed.has(`${kind}/${metadata.namespace}/${name}`);
  const connections = new Set<string>();
  if ([...changed].some((key) => key.startsWith('Connector/'))) {
    for (const { resource } of await resources.list({ kind: 'Connection' })) {
      if (names(resource.spec.connector, 'Connector', resource)) connections.add(refKey(refOf(resource)));
    }
  }
  const pipelines: string[] = [];
  for (const { resource } of await resources.list({ kind: 'Pipeline' })) {
    const { source, sources = [], destination, destinations = [] } = resource.spec;
    const uses = [source, ...sources, destination, ...destinations].some(
      (endpoint) =>
        names(endpoint?.connection, 'Connection', resource) ||
        names(endpoint?.connector, 'Connector', resource) ||
        connections.has(`Connection/${resource.metadata.namespace}/${endpoint?.connection}`),
    );
    if (uses) pipelines.push(refKey(refOf(resource)));
  }
  return [...connections, ...pipelines];
}
