/** The steps of a stream pipeline: its runner is as declared, its events are bounded, and a deletion delivers them first. */
import { contentHash } from '../../foundation/ids.ts';
import type { RunnerEnvironment, StreamAssignment } from '../../runner/spec.ts';
import type { EventLog } from '../../store/event-ports.ts';
import type { Store } from '../../store/ports.ts';
import type { StreamInfo, Streams, WantedStream } from '../ports.ts';
import type { Definition } from './definition.ts';
import type { EventKeeper } from './event-keeper.ts';
import { secretRevisions } from './secret-revisions.ts';
import { degraded, GO, rest, stall, wait, type Outcome } from './step.ts';

export interface StreamDeps {
  readonly streams: Streams;
  readonly store: Pick<Store, 'secrets'>;
  readonly events: EventLog;
  readonly keeper: EventKeeper;
  readonly environment: RunnerEnvironment;
}

/** How long a runner may take to end what is under way, in milliseconds. */
export const STREAM_DRAIN_MS = 20_000;
/** How often a stream that is not as it should be is looked at again, beside being told. */
const LOOK_AGAIN_MS = 5000;
/** While another server delivers, this one looks from time to time whether it is still there. */
const STANDBY_MS = 60_000;

/** Brings the runner of one pipeline to its definition; `wanted` is null when nothing is to run. */
export async function convergeStream(
  pipelineId: string,
  wanted: Omit<WantedStream, 'hash'> | null,
  { streams, store }: Pick<StreamDeps, 'streams' | 'store'>,
): Promise<Outcome> {
  if (wanted === null) {
    await streams.stop(pipelineId, STREAM_DRAIN_MS);
    return GO;
  }
  const { assignment } = wanted;
  const hash = assignmentHash(assignment, await secretRevisions(assignment.pipeline, store.secrets));
  await streams.ensure({ ...wanted, hash }, STREAM_DRAIN_MS);
  return outcomeOf(streams.get(pipelineId));
}

/** What a stream host is handed, and what it needs; null for a batch pipeline. Files of the repository play no part in a stream. */
export function wantedStream(
  { resolved, stream, normal }: Definition,
  environment: RunnerEnvironment,
): Omit<WantedStream, 'hash'> | null {
  if (stream === null) return null;
  const { resources, podTemplate, replicas } = normal.runner;
  const pipeline = { ...resolved, variables: normal.variables, files: {} };
  return { assignment: { pipeline, settings: stream, environment }, shape: { resources, podTemplate, replicas } };
}

/**
 * The same for assignments that move data in the same way: a new title or revision restarts nothing; a new value of a secret
 * that it uses does, and so does what the installation allows, since runners outlive the controller that was told of it.
 */
function assignmentHash(
  { pipeline, settings, environment }: StreamAssignment,
  secrets: Awaited<SecretRevisions>,
): string {
  const { generation: _generation, revision: _revision, timeoutMs: _timeoutMs, ...moves } = pipeline;
  const { store: _store, dataDir: _dataDir, ...allowed } = environment;
  return contentHash({ moves, settings, secrets, allowed });
}

type SecretRevisions = ReturnType<typeof secretRevisions>;

function outcomeOf(info: StreamInfo | undefined): Outcome {
  switch (info?.state) {
    case 'running':
      return GO;
    case 'standby':
      return rest('Standby', 'another server delivers the events', STANDBY_MS);
    case 'waiting':
      return degraded(info.error ?? UNKNOWN, LOOK_AGAIN_MS);
    case 'stalled':
      return stall(info.error ?? UNKNOWN);
    default:
      return wait('Starting', 'the runner is starting', LOOK_AGAIN_MS);
  }
}

const UNKNOWN = { code: 'destination_failed', message: 'the runner does not say why' } as const;

/** Events that wait for delivery. */
export async function backlogOf(events: EventLog, pipelineId: string, now: number): Promise<number> {
  const stats = (await events.stats([pipelineId], now)).get(pipelineId);
  return stats === undefined ? 0 : stats.next - stats.committed;
}
