/** Pipelines as the ingestion sees them, remembered so that a request need not read the resources. */
import { resourceId } from '../../foundation/ids.ts';
import type { TokenRecord } from '../../store/ports.ts';
import { lookUp, lookupWorkspace, maySee, noSuch } from '../access/find.ts';
import type { RouteDeps } from '../deps.ts';
import { createTarget, type Target } from './target.ts';

/** How long a pipeline is believed when no change of it is heard of, and one that does not exist. In milliseconds. */
const FRESH_MS = 10_000;
const MISSING_FRESH_MS = 1000;
export const MAX_REMEMBERED = 20_000;

export interface Targets {
  /** The pipeline with this id or name, in its workspace. Throws or rejects with `not_found` or `forbidden`. */
  find(token: TokenRecord, idOrName: string, workspace: string | undefined): Target | Promise<Target>;
  /** The same for requests whose sender is known by a signature instead: names are looked up in `default`. */
  findSigned(idOrName: string, workspace: string | undefined): Target | Promise<Target>;
  close(): void;
}

interface Entry {
  readonly target: Target;
  readonly until: number;
}

export function createTargets(deps: Pick<RouteDeps, 'resources' | 'clock'>): Targets {
  const entries = new Map<string, Entry>();
  // Ids of no pipeline, and until when that is believed: apart, since anybody can make up as many as they like.
  const missing = new Map<string, number>();
  const loading = new Map<string, Promise<Target | null>>();
  const ids = new Map<string, string>();
  let round = 0;

  const off = deps.resources.watch((ref) => {
    round++;
    loading.clear();
    if (ref.kind === 'Pipeline') {
      entries.delete(resourceId(ref));
      missing.delete(resourceId(ref));
    }
    // Who uses a connection is known to the pipelines only.
    if (ref.kind === 'Connection') entries.clear();
  });

  const idOf = (namespace: string, idOrName: string): string => {
    if (idOrName.includes('_')) return idOrName;
    const name = `${namespace}/${idOrName}`;
    const known = ids.get(name);
    if (known !== undefined) return known;
    const id = resourceId({ kind: 'Pipeline', namespace, name: idOrName });
    remember(ids, name, id);
    return id;
  };

  const load = async (id: string): Promise<Target | null> => {
    const began = round;
    const stored = await lookUp(deps.resources, 'Pipeline', '', id);
    const target = stored === null ? null : await createTarget(stored, deps, entries.get(id)?.target ?? undefined);
    // What was read before a change must not outlive it.
    if (began !== round) return target;
    if (target !== null) remember(entries, id, { target, until: deps.clock() + FRESH_MS });
    else {
      entries.delete(id);
      remember(missing, id, deps.clock() + MISSING_FRESH_MS);
    }
    return target;
  };

  const find = (id: string): Target | null | Promise<Target | null> => {
    const hit = entries.get(id);
    if (hit !== undefined && deps.clock() < hit.until) return hit.target;
    if (hit === undefined && deps.clock() < (missing.get(id) ?? 0)) return null;
    let under = loading.get(id);
    if (under === undefined) {
      under = load(id).finally(() => loading.delete(id));
      loading.set(id, under);
    }
    return under;
  };

  const seen = (namespace: string, idOrName: string, may: (target: Target) => boolean): Target | Promise<Target> => {
    const checked = (target: Target | null): Target => {
      if (target === null || !may(target)) throw noSuch('Pipeline', idOrName, namespace);
      return target;
    };
    const found = find(idOf(namespace, idOrName));
    return found instanceof Promise ? found.then(checked) : checked(found);
  };

  return {
    find: (token, idOrName, workspace) =>
      seen(
        lookupWorkspace(token, workspace),
        idOrName,
        (target) => maySee(token, target.workspace) && isOfIntegration(token, target),
      ),
    findSigned: (idOrName, workspace = 'default') => seen(workspace, idOrName, () => true),
    close: off,
  };
}

/** A key of one connection brings events to its pipelines only. */
export function isOfIntegration({ integrationId }: TokenRecord, { workspace, source }: Target): boolean {
  if (integrationId === null) return true;
  const connection = source?.connection;
  return (
    connection !== undefined &&
    resourceId({ kind: 'Connection', namespace: workspace, name: connection }) === integrationId
  );
}

/** Forgets the oldest where there are too many. */
function remember<T>(map: Map<string, T>, key: string, value: T): void {
  for (const oldest of map.keys()) {
    if (map.size < MAX_REMEMBERED) break;
    map.delete(oldest);
  }
  map.set(key, value);
}
