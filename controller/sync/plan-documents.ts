import { parseRefKey } from '../../foundation/ids.ts';
import { plan, type Declared, type Observed } from '../plan/plan.ts';
import type { Plan } from '../plan/types.ts';
import type { Resources } from '../ports.ts';
import { checkTogether } from './check.ts';
import { inspectFile } from './inspect.ts';
import { manifestsIn } from './sync.ts';

/** The plan for documents given as text, next to what is live. Nothing is ever deleted by it. */
export async function planDocuments(
  text: string,
  resources: Resources,
  options: { readonly namespace?: string },
): Promise<Plan> {
  const { findings, resources: given } = inspectFile(Buffer.from(text), 'request', options);
  const inventory = await resources.index();
  const live = new Map(inventory.filter((entry) => !entry.deleted).map((entry) => [entry.key, entry]));
  const connectors = new Map<string, string>();
  for (const { resource } of await resources.list({ kind: 'Connection' })) {
    connectors.set(`Connection/${resource.metadata.namespace}/${resource.metadata.name}`, resource.spec.connector);
  }
  const manifests = await manifestsIn(resources);
  const { good, errors } = checkTogether(findings.entries, {
    ownerOf: () => null,
    connectorOf: (key) => connectors.get(key) ?? null,
    manifestOf: (key) => manifests.get(key) ?? null,
  });
  const contents = new Map(findings.entries.map((entry, index) => [entry.key, given[index]!]));
  const observed: Observed[] = [];
  for (const entry of good) {
    const known = live.get(entry.key);
    const stored = known === undefined ? null : await resources.get(parseRefKey(entry.key));
    if (known !== undefined && stored !== null) observed.push({ ...known, content: stored.resource });
  }
  return plan({
    revision: null,
    declared: good.map((entry): Declared => ({ ...entry, content: contents.get(entry.key) })),
    observed,
    errors: [...findings.errors, ...errors],
    prune: false,
  });
}
