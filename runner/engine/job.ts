/** What the steps of a run share. */
import type { LogLevel, IncrementalState } from '../../store/ports.ts';
import type { Connector } from '../ports.ts';
import type { PathPolicy } from '../paths.ts';
import type { Redactor } from '../redactor.ts';
import type { SecretReader } from '../references.ts';
import type { RunAssignment } from '../spec.ts';
import type { Duck } from './duck.ts';
import type { Lease } from './lease.ts';
import type { Progress } from './progress.ts';
import type { RetryOptions } from './retry.ts';

/** What the process lends every run. */
export interface Catalogue {
  readonly connectors: readonly Connector[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Undefined where this installation has no secret store. */
  readonly secrets?: SecretReader;
}

export interface Job {
  readonly assignment: RunAssignment;
  readonly catalogue: Catalogue;
  readonly duck: Duck;
  readonly signal: AbortSignal;
  readonly log: (level: LogLevel, message: string) => void;
  readonly redactor: Redactor;
  readonly progress: Progress;
  readonly lease: Pick<Lease, 'confirm'>;
  readonly retry: RetryOptions;
  readonly paths: PathPolicy;
  /** The incremental state before this run, by source name. */
  readonly state: Readonly<Record<string, IncrementalState>>;
  /** Scratch of this attempt; deleted at the end. */
  readonly scratch: string;
  /** Where the run's Parquet output goes. */
  readonly output: string;
}

/** Rows that a dry run reads of each source, and that it shows. */
export const SAMPLE_ROWS = 100;
export const PREVIEW_ROWS = 20;
