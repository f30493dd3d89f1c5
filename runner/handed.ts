/**
 * What a runner in a Pod is told, as blobs of the store: its assignment as JSON, and the files of the repository under the
 * hashes of their contents. Where the store is and where files lie, a Pod knows by its own environment: the address of the
 * store holds a password, and stands in no blob. References (`${secret:…}`) are unresolved; a literal in settings is in the blob as it
 * is in Git.
 */
import type { ErrorRecord } from '../foundation/errors.ts';
import type { HostedState } from './host-protocol.ts';
import type { CheckAssignment, ResolvedPipeline, RunAssignment, RunnerEnvironment, StreamAssignment } from './spec.ts';

/** One file of the repository: the blob `fileBlob(sha256)`. */
export interface HandedFile {
  /** Hex. */
  readonly sha256: string;
  /** Bytes. */
  readonly size: number;
}

/** Path in the repository → content. */
export type HandedFiles = Readonly<Record<string, HandedFile>>;
type HandedEnvironment = Omit<RunnerEnvironment, 'store' | 'dataDir'>;
type HandedPipeline = Omit<ResolvedPipeline, 'files'> & { readonly files: HandedFiles };

/** What a Pod says of the stream that it runs; JSON. */
export interface StreamReport {
  readonly state: HostedState;
  /** Of the assignment. */
  readonly hash: string;
  /** Epoch milliseconds: since when the state is this one. */
  readonly since: number;
  readonly error?: ErrorRecord;
}

export interface HandedRun extends Omit<RunAssignment, 'pipeline' | 'environment'> {
  readonly kind: 'run';
  readonly pipeline: HandedPipeline;
  readonly environment: HandedEnvironment;
}

export interface HandedStream extends Omit<StreamAssignment, 'pipeline' | 'environment'> {
  readonly kind: 'stream';
  /** Tells the assignment from others of the pipeline; comes back in every report. */
  readonly hash: string;
  readonly pipeline: HandedPipeline;
  readonly environment: HandedEnvironment;
}

export interface HandedCheck extends Omit<CheckAssignment, 'files' | 'environment'> {
  readonly kind: 'check';
  readonly files: HandedFiles;
  readonly environment: HandedEnvironment;
}

export type Handed = HandedRun | HandedStream | HandedCheck;

/** Names of the blobs. */
export const runBlob = (runId: string, attempt: number): string => `run/${runId}/${attempt}`;
export const streamBlob = (pipelineId: string, hash: string): string => `stream/${pipelineId}/${hash}`;
export const checkBlob = (checkId: string): string => `check/${checkId}`;
export const fileBlob = (sha256: string): string => `file/${sha256}`;
/** Holds a `CheckResult`. */
export const checkResultBlob = (checkId: string): string => `check/${checkId}/result`;
/** What the names of the reports of all Pods of a pipeline begin with. */
export const streamStates = (pipelineId: string): string => `stream-state/${pipelineId}/`;
/** Holds a `StreamReport`, for as long as the Pod renews it. */
export const streamStateBlob = (pipelineId: string, pod: string): string => `${streamStates(pipelineId)}${pod}`;

/** The assignment of a stream is kept for so long after anybody last needed it, in milliseconds: its Pods start again with it. */
export const STREAM_KEPT_MS = 7 * 86_400_000;
