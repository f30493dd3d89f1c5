import { referencesIn } from '../../runner/references.ts';
import type { ResolvedDestination, ResolvedPipeline, ResolvedSource } from '../../runner/spec.ts';
import type { Secrets } from '../../store/secret-ports.ts';

/**
 * Which values of the secret store a pipeline uses now: `name/key` to a revision that differs with each value, null where there
 * is none. Values themselves are not opened.
 */
export async function secretRevisions(
  { workspace, sources, destinations }: Pick<ResolvedPipeline, 'workspace' | 'sources' | 'destinations'>,
  secrets: Pick<Secrets, 'get'>,
): Promise<Readonly<Record<string, string | null>>> {
  const revisions: Record<string, string | null> = {};
  for (const name of secretNames([...sources, ...destinations])) {
    const [secret = '', key = ''] = name.split('/');
    const entries = (await secrets.get(workspace, secret))?.entries ?? {};
    revisions[name] = Object.hasOwn(entries, key) ? entries[key]!.revision : null;
  }
  return revisions;
}

/** The secrets that sources and destinations refer to, each as `name/key`; in order. */
export function secretNames(
  endpoints: readonly Pick<ResolvedSource | ResolvedDestination, 'settings' | 'stream'>[],
): readonly string[] {
  const names = new Set<string>();
  for (const { settings, stream } of endpoints) collect([settings, stream], names);
  return [...names].sort();
}

/** References to secrets deep in a value. */
function collect(value: unknown, names: Set<string>): void {
  if (typeof value === 'string') {
    for (const { kind, name } of referencesIn(value)) if (kind === 'secret') names.add(name);
  } else if (typeof value === 'object' && value !== null) {
    for (const member of Object.values(value)) collect(member, names);
  }
}
