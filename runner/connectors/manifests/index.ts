/** The declared connectors that come with Headgate: one YAML file each, read when it is first asked for. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isKind } from '../../../crds/index.ts';
import { parseFile } from '../../../crds/parse.ts';
import type { Connector } from '../../ports.ts';
import { declaredConnector } from '../declared/connector.ts';

/** Their names, which are those of the files. */
export const SHIPPED: readonly string[] = ['bigquery', 'github', 'hubspot', 'klaviyo', 'rest', 'slack', 'stripe'];

// A memo of files that never change while a process runs.
const loaded = new Map<string, Connector>();

/** The shipped connector of that name, or undefined. */
export function shippedConnector(name: string): Connector | undefined {
  if (!SHIPPED.includes(name)) return undefined;
  let connector = loaded.get(name);
  if (connector === undefined) {
    connector = load(name);
    loaded.set(name, connector);
  }
  return connector;
}

function load(name: string): Connector {
  const file = `${name}.yaml`;
  const { documents, errors } = parseFile(readFileSync(join(import.meta.dirname, file)), file);
  const resource = documents[0]?.resource;
  if (resource === undefined || !isKind('Connector', resource)) {
    throw new Error(`the manifest ${file} of this installation is broken: ${errors[0]?.message ?? 'no Connector'}`);
  }
  return declaredConnector(name, resource.spec);
}
