import { resourceId } from '../../foundation/ids.ts';
import { connectorOf } from '../../controller/catalogue.ts';
import { CATALOGUE_NAMES, findConnector } from '../../runner/connectors/index.ts';
import type { RouteDeps } from '../deps.ts';
import type { Catalogue } from '../writes/flat-endpoint.ts';
import { slugOf } from '../writes/names.ts';

/** What a pipeline of the workspace can name: its connections, and connectors that are shipped or that it declares itself. */
export async function catalogueOf({ resources }: Pick<RouteDeps, 'resources'>, namespace: string): Promise<Catalogue> {
  const stored = await resources.list({ kind: 'Connection', namespace });
  const live = stored.filter(({ deletedAt }) => deletedAt === null).map(({ resource }) => resource);
  const connections = live.map(({ metadata }) => metadata.name);
  const byText = new Map<string, string>();
  for (const name of connections) {
    byText.set(name, name);
    byText.set(resourceId({ kind: 'Connection', namespace, name }), name);
  }
  const titled = Map.groupBy(live, ({ spec }) => spec.title?.toLowerCase());
  // A title that two have stands for neither.
  const byTitle = (text: string): string | undefined => {
    const found = titled.get(text.toLowerCase()) ?? [];
    return found.length === 1 ? found[0]!.metadata.name : undefined;
  };
  const declared = new Map(
    (await resources.list({ kind: 'Connector', namespace }))
      .filter(({ deletedAt, invalid }) => deletedAt === null && invalid === undefined)
      .map(({ resource }) => [resource.metadata.name, resource.spec]),
  );
  return {
    connections,
    connection: (text) => byText.get(text) ?? byTitle(text) ?? byText.get(slugOf(text) ?? '') ?? null,
    connectors: [...CATALOGUE_NAMES, ...declared.keys()],
    settingsOf: (name) => {
      const known = findConnector(name);
      const spec = declared.get(name);
      return (known ?? (spec === undefined ? undefined : connectorOf(name, spec)))?.settings ?? null;
    },
  };
}
