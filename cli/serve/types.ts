/** What a server is started with, and what a platform brings to it. */
import type { Registry } from 'prom-client';
import type { Logger } from '../../foundation/log.ts';
import type { Clock } from '../../foundation/time.ts';
import type { RepositorySpec } from '../../crds/index.ts';
import type { Store } from '../../store/ports.ts';
import type { ControllerHandle } from '../../controller/handle.ts';
import type { Resources } from '../../controller/ports.ts';
import type { ApiDeps, ApiLimits } from '../../api/deps.ts';
import type { KubernetesOptions } from './kubernetes-options.ts';
import type { OpenSecrets } from './secrets.ts';
import type { Stores } from './stores.ts';

export interface ServerOptions {
  /** A Git URL or a path; null: only what the store already knows. */
  readonly repo: string | null;
  readonly branch: string;
  readonly path: string;
  /** What a change through the API becomes in the repository of `repo`; `deny` when left out. */
  readonly writeBack?: RepositorySpec['writeBack'];
  /** Absolute. */
  readonly dataDir: string;
  /** `sqlite:…` or `redis://…`; SQLite in the data folder when undefined. */
  readonly store?: string;
  readonly host: string;
  readonly port: number;
  readonly environment: string;
  readonly maxRuns: number;
  readonly warm: number;
  /** Processes that deliver events. */
  readonly streamHosts: number;
  readonly allowPaths: readonly string[];
  readonly allowNetworks: readonly string[];
  /** Accept `git://` and `http://` repositories. */
  readonly insecureGit: boolean;
  readonly adminToken?: string;
  /** `HEADGATE_SECRET_KEY` */
  readonly secretKey?: string;
  /** Absolute: `--secret-key-file`. */
  readonly secretKeyFile?: string;
  /** How long a silent runner is believed alive, in milliseconds; it reports every second. 10 s when left out. */
  readonly leaseMs?: number;
  /** Bounds of the API that differ from the defaults. */
  readonly limits?: Partial<ApiLimits>;
  /** Addresses and CIDR ranges of proxies whose `X-Forwarded-For` is believed; none when left out. */
  readonly trustedProxies?: readonly string[];
  /** The platform is Kubernetes; standalone when left out. */
  readonly kubernetes?: KubernetesOptions;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly version: string;
  readonly log: Logger;
}

export interface RunningServer {
  readonly url: string;
  readonly store: Store;
  readonly resources: Resources;
  readonly controller: ControllerHandle;
  readonly adminToken: { readonly token: string; readonly created: boolean };
  /** The repository that `--repo` named, or null. */
  readonly repositoryId: string | null;
  /** Resolves with the reason when the server cannot go on: it should end, for whoever keeps it running to start it anew. */
  readonly failed: Promise<unknown>;
  /** Ends in order: no new work, runs drain until the deadline (milliseconds), then everything closes. */
  close(graceMs: number): Promise<void>;
  /** Ends all runners by force, at once. Their runs are tried again by whoever serves next. */
  abandon(): void;
}

/** What every platform is built on. */
export interface Ground {
  readonly options: ServerOptions;
  /** Of the store that is shared. */
  readonly storeUrl: string;
  readonly stores: Stores;
  readonly opened: OpenSecrets;
  readonly metrics: Registry;
  readonly clock: Clock;
}

/** Where resources live and runners run. */
export interface Platform extends Pick<
  ApiDeps,
  'resources' | 'secrets' | 'controller' | 'resolveReference' | 'access' | 'remoteOutputs'
> {
  /** The repository that `--repo` named, or null. */
  readonly repositoryId: string | null;
  /** Where outputs of runs are, if not in the data folder. */
  readonly outputsDir?: string;
  /** Begins to work. */
  start(): Promise<void>;
  /** Resolves with the reason when it turns out later that this cannot be; left out where it cannot turn out. */
  readonly failed?: Promise<unknown>;
  /** Ends in order, at the same time as the API: `api` is its end. Runs drain until the deadline (milliseconds). */
  close(graceMs: number, api: Promise<void>): Promise<void>;
  /** Ends by force what runs in processes of this machine. */
  abandon(): void;
}

/** Notes what has to be closed, last first, if a later part cannot start. */
export type Started = { readonly close: () => Promise<void> }[];
