/** Connectors as a workspace knows them: the catalogue, and what the workspace declares for itself. */
import type { ConnectorSpec } from '../crds/index.ts';
import { contentHash } from '../foundation/ids.ts';
import { declaredConnector } from '../runner/connectors/declared/connector.ts';
import { findConnector } from '../runner/connectors/index.ts';
import type { Connector } from '../runner/ports.ts';
import type { Resources } from './ports.ts';
import { assertValid } from './valid.ts';

/** The catalogue wins over what a workspace declares. Undefined where there is none. Throws where the one declared is not valid. */
export async function lookUpConnector(
  name: string,
  namespace: string,
  resources: Pick<Resources, 'get'>,
): Promise<Connector | undefined> {
  const known = findConnector(name);
  if (known !== undefined) return known;
  const stored = await resources.get({ kind: 'Connector', namespace, name });
  if (stored === null || stored.deletedAt !== null) return undefined;
  assertValid(stored);
  return connectorOf(name, stored.resource.spec);
}

// A memo of a pure function: thousands of pipelines share a few manifests, whose schemas take milliseconds to compile.
const made = new Map<string, Connector>();
const MAX_MADE = 500;

/** The connector that a workspace declares under a name. */
export function connectorOf(name: string, spec: ConnectorSpec): Connector {
  const key = `${name} ${contentHash(spec)}`;
  let connector = made.get(key);
  if (connector === undefined) {
    connector = declaredConnector(name, spec);
    for (const oldest of made.keys()) {
      if (made.size < MAX_MADE) break;
      made.delete(oldest);
    }
    made.set(key, connector);
  }
  return connector;
}
