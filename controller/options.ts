/** What a controller is built on. */
import type { Logger } from '../foundation/log.ts';
import type { Clock } from '../foundation/time.ts';
import type { RunnerEnvironment } from '../runner/spec.ts';
import type { Store } from '../store/ports.ts';
import type { UrlPolicy } from './git/url.ts';
import type { Checks, Resources, Runners, Streams } from './ports.ts';
import type { Announce } from './reconcile/announcements.ts';
import type { FindingsCache } from './sync/read.ts';

export interface ControllerOptions {
  readonly resources: Resources;
  readonly store: Store;
  readonly runners: Runners;
  readonly streams: Streams;
  readonly checks: Checks;
  readonly cacheOf: (repositoryId: string) => FindingsCache | null;
  readonly environment: string;
  readonly runnerEnvironment: RunnerEnvironment;
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
