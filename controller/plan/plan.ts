import { contentHash, parseRefKey, resourceId, type Kind } from '../../foundation/ids.ts';
import type { ErrorRecord } from '../../foundation/errors.ts';
import { withoutDefaults } from '../../crds/defaults.ts';
import { writtenAnnotations, type Resource } from '../../crds/index.ts';
import { changedPaths } from './paths.ts';
import { effectOf } from './effects.ts';
import type { Change, Plan } from './types.ts';

/** One resource as Git declares it. `content` is needed only where `hash` differs from what is live. */
export interface Declared {
  readonly key: string;
  readonly hash: string;
  readonly at: string;
  readonly content?: Resource;
}

/** One resource as it is live, among those that this repository put there. */
export interface Observed {
  readonly key: string;
  readonly hash: string;
  readonly content?: Resource;
}

export interface PlanInput {
  readonly revision: string | null;
  readonly declared: readonly Declared[];
  readonly observed: readonly Observed[];
  readonly errors: readonly ErrorRecord[];
  /** Whether what is no longer declared is deleted. */
  readonly prune: boolean;
}

/** What a resource needs comes before it, and goes after it. */
const ORDER: Record<Kind, number> = { Connector: 0, Connection: 1, Repository: 2, Pipeline: 3, Run: 4 };

/** A commit that deletes more than this many and more than half of a repository's resources waits for consent. */
const PRUNE_LIMIT = 5;

/**
 * What has to change for the live resources to become the declared ones. Pure: the same input gives the same plan and
 * the same hash. While there are errors nothing is deleted (invariant 4). Creates and updates come first, then deletes.
 */
export function plan(input: PlanInput): Plan {
  const live = new Map(input.observed.map((entry) => [entry.key, entry]));
  const declaredKeys = new Set<string>();
  const applied: { change: Change; to: string }[] = [];
  for (const entry of input.declared) {
    declaredKeys.add(entry.key);
    const observed = live.get(entry.key);
    if (observed?.hash === entry.hash) continue;
    applied.push({ change: observed === undefined ? created(entry) : updated(entry, observed), to: entry.hash });
  }
  const deleted =
    input.prune && input.errors.length === 0
      ? input.observed.filter((entry) => !declaredKeys.has(entry.key)).map((entry) => deletion(entry))
      : [];
  applied.sort((a, b) => byOrder(a.change, b.change));
  deleted.sort((a, b) => -byOrder(a, b));
  return {
    hash: contentHash([applied.map(({ change, to }) => ({ ...change, at: undefined, to })), deleted]),
    revision: input.revision,
    changes: [...applied.map(({ change }) => change), ...deleted],
    errors: input.errors,
    blocked: pruneGuard(deleted.length, input.observed.length),
  };
}

function byOrder(a: Change, b: Change): number {
  const kinds = ORDER[parseRefKey(a.resource).kind] - ORDER[parseRefKey(b.resource).kind];
  return kinds !== 0 ? kinds : a.resource < b.resource ? -1 : 1;
}

function created(entry: Declared): Change {
  return { ...subject(entry.key), action: 'create', effect: 'live', paths: [], at: entry.at };
}

function updated(entry: Declared, observed: Observed): Change {
  const paths = changedPaths(declaration(observed.content), declaration(entry.content));
  return {
    ...subject(entry.key),
    action: 'update',
    effect: effectOf(parseRefKey(entry.key).kind, paths),
    paths,
    at: entry.at,
  };
}

function deletion(entry: Observed): Change {
  return { ...subject(entry.key), action: 'delete', effect: 'destructive', paths: [] };
}

function subject(key: string): { resource: string; id: string } {
  return { resource: key, id: resourceId(parseRefKey(key)) };
}

/**
 * The parts of a resource that its author writes, in the shape that paths speak of. A default that is written down is no change
 * from one that is not: the API server of Kubernetes writes them down by itself. Nor is what operators put on live resources.
 */
function declaration(resource: Resource | undefined): unknown {
  if (resource === undefined) return {};
  const { labels, annotations } = resource.metadata;
  return {
    metadata: { labels: labels ?? {}, annotations: writtenAnnotations(annotations) },
    spec: withoutDefaults(resource.kind, resource.spec),
  };
}

/** The hash that decides whether a resource differs: over its spec without defaults, its labels and annotations. */
export function declarationHash(resource: Resource): string {
  return contentHash(declaration(resource));
}

function pruneGuard(deletes: number, inventory: number): ErrorRecord | null {
  if (deletes <= PRUNE_LIMIT || deletes * 2 <= inventory) return null;
  return {
    code: 'prune_blocked',
    message: `this would delete ${deletes} of the ${inventory} resources of the repository`,
    hint: 'if that is meant, run `headgate sync --allow-prune`',
  };
}
