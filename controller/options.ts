/** What a controller is built on: what answers the API needs no runners. */
import type { Logger } from '../foundation/log.ts';
import type { Clock } from '../foundation/time.ts';
import type { RunnerEnvironment } from '../runner/spec.ts';
import type { S3Objects } from '../store/objects/s3.ts';
import type { Store } from '../store/ports.ts';
import type { UrlPolicy } from './git/url.ts';
import type { Checks, Resources, Runners, Streams } from './ports.ts';
import type { Announce } from './reconcile/announcements.ts';
import type { FindingsCache } from './sync/read.ts';

export interface RequestOptions {
  readonly resources: Resources;
  readonly store: Store;
  readonly checks: Checks;
  readonly cacheOf: (repositoryId: string) => FindingsCache | null;
  /** Whether Repositories of a namespace may declare resources of others too; they may when left out. */
  readonly spans?: (namespace: string) => boolean;
  /** The workspace of files that name none, in a Repository of a namespace; `default` when left out. */
  readonly unnamed?: (namespace: string) => string;
  readonly environment: string;
  readonly runnerEnvironment: RunnerEnvironment;
  /** Absolute: where outputs of runs are; the data folder when left out. */
  readonly outputsDir?: string;
  /** Where outputs of runs are in object storage; nowhere when left out. */
  readonly objects?: S3Objects;
  readonly urlPolicy: UrlPolicy;
  /** What Git inherits from the server's environment. */
  readonly gitInherit: Readonly<Record<string, string>>;
  /** The value of references in the credentials of a repository. */
  readonly resolveReference: (text: string, repositoryId: string) => Promise<string>;
  /** Tells people what happens to resources; nobody is told when left out. */
  readonly announce?: Announce;
  readonly clock: Clock;
  readonly log: Logger;
  /** How long the runs of a deleted pipeline may go on, in milliseconds. */
  readonly drainMs: number;
  /** How long the events of a deleted pipeline are delivered, in milliseconds. */
  readonly flushMs: number;
  /** Keys worked on at the same time. */
  readonly concurrency: number;
}

export interface ControllerOptions extends RequestOptions {
  readonly runners: Runners;
  readonly streams: Streams;
}

/** What the loops have beside it; their resources may be others, whose writes pass the fence of a leader. */
export type LoopOptions = Pick<ControllerOptions, 'runners' | 'streams'> &
  Partial<Pick<ControllerOptions, 'resources' | 'announce'>>;
