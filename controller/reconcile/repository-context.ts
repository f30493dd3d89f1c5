/** What the steps of a repository work with, find out for one another, and remember until the next visit. */
import { REQUESTED_ANNOTATION } from '../../crds/index.ts';
import type { Store, SyncRecord, SyncRequest } from '../../store/ports.ts';
import type { Commit, TreeEntry } from '../git/mirror.ts';
import type { StoredResource } from '../ports.ts';
import type { Mirrors, OpenMirror } from '../sync/mirrors.ts';
import type { Prepared, SyncDeps } from '../sync/sync.ts';
import type { Step } from './step.ts';

export interface RepositoryDeps extends SyncDeps {
  readonly store: Store;
  readonly mirrors: Mirrors;
  /** The environment that this installation serves. */
  readonly environment: string;
  /** Looks at the repository again soon. */
  readonly wake: (key: string) => void;
  /** How many sync records of a repository are kept. */
  readonly keepSyncs: number;
  readonly signal: AbortSignal;
}

/** What is remembered of a repository between visits. */
export interface RepositoryMemory {
  /** The revision that was last looked at, for which generation of the repository, and whether that went well. */
  attempted: string | null;
  generation: number;
  clean: boolean;
  /** Digest of the declaring files that were last compared with what is live. */
  compared: string | null;
  /** When everything was last compared, whether or not the revision changed. */
  comparedAt: number;
  /** Digest of what the last sync left live; null: there was none, or it is under way. */
  live: string | null;
  recorded: string | null;
  watched: { readonly path: string; readonly branch: string; readonly end: () => void } | null;
}

export interface RepositoryContext {
  readonly stored: StoredResource<'Repository'>;
  readonly deps: RepositoryDeps;
  readonly memory: RepositoryMemory;
  readonly requests: readonly SyncRequest[];
  readonly now: number;
  // What the steps find out:
  gone?: boolean;
  open?: OpenMirror;
  revision?: string;
  commit?: Commit;
  files?: readonly TreeEntry[];
  digest?: string;
  /** The revision declares just what was compared last. */
  unchanged?: boolean;
  prepared?: Prepared;
  record?: SyncRecord;
}

export type RepositoryStep = Step<RepositoryContext>;

export function newRepositoryMemory(): RepositoryMemory {
  return {
    attempted: null,
    generation: 0,
    clean: false,
    compared: null,
    comparedAt: 0,
    live: null,
    recorded: null,
    watched: null,
  };
}

/** Whether the annotation asks for a sync that was not made yet. */
export function isRequested({ resource, status }: StoredResource<'Repository'>): boolean {
  const at = resource.metadata.annotations?.[REQUESTED_ANNOTATION];
  return at !== undefined && at !== status.lastHandledReconcileAt;
}
