import { Type, type Static } from 'typebox';
import { Condition, MapOf, OneOf, Strict } from '../../crds/common.ts';
import { PIPELINE_PHASES, RUN_STATUSES, type PipelineSpec } from '../../crds/index.ts';
import type { ScheduleSpec } from '../../crds/schedule.ts';
import { resourceId } from '../../foundation/ids.ts';
import type { StoredResource } from '../../controller/ports.ts';
import type { RunRecord } from '../../store/ports.ts';
import { Id, Nullable, Text, Time, timeOf } from './common.ts';
import { PipelineEvents } from './pipeline-events.ts';
import { isDisabled, pipelineStatus } from './pipeline-status.ts';
import { redactConfig } from './redact.ts';
import { runDuration } from './run.ts';

/** The label that groups pipelines into domains. */
export const DOMAIN = 'headgate.dev/domain';
/** The annotation with the name of the domain for people. */
export const DOMAIN_NAME = 'headgate.dev/domain-name';
const DEFAULT_BATCH_SIZE = 100;

const LastRun = Strict({
  id: Text('run_01k9x2m4c7r8t5v6w1y3z0a2b4'),
  status: OneOf(RUN_STATUSES, { examples: ['success'] }),
  started_at: Nullable(Time('When a runner took it.')),
  duration_ms: Nullable(Type.Integer({ minimum: 0, examples: [4700] })),
  rows_loaded: Nullable(Type.Integer({ minimum: 0, examples: [892] })),
});

const Sync = Strict({
  repository_id: Nullable(Text('rp_5x1v8m3q7t2c9r4w'), {
    description: 'The Repository it comes from; null: applied by hand.',
  }),
  file: Nullable(Text('pipelines/orders.yaml'), { description: 'The file that declares it.' }),
  line: Nullable(Type.Integer({ minimum: 1 })),
});

/** `healthy`, `degraded`, `progressing`, `suspended`: the words of Argo CD. */
export const HEALTH = ['healthy', 'degraded', 'progressing', 'suspended'] as const;

export const PipelineView = Strict(
  {
    id: Id('The pipeline: the same in every installation.', 'pl_3q8v5m1x7t2c9r4w'),
    name: Text('orders', 'Unique within the workspace; stands for the id in every path.'),
    title: Nullable(Text('Orders'), { description: 'A name for people.' }),
    description: Nullable(Text('Orders, hourly, into the warehouse')),
    workspace: Text('default'),
    version: Nullable(Text('1.0'), { description: "The author's own label." }),
    status: OneOf(PIPELINE_PHASES, {
      description: 'active; paused: nothing starts; draining: what runs comes to its end; error: see `conditions`.',
    }),
    health: OneOf(HEALTH, { description: 'Judged from the Ready condition.' }),
    enabled: Type.Boolean({
      examples: [true],
      description: 'What Git says; `status` also knows of pauses through the API.',
    }),
    schedule: Nullable(Text('0 */6 * * *'), { description: 'Cron expression; several are separated by ` | `.' }),
    time_zone: Nullable(Text('UTC'), { description: 'Of the schedule.' }),
    source_id: Nullable(Text('cn_7p2m9x4c1t8r5v3w'), {
      description: 'The first connection it reads; null: settings are inline.',
    }),
    destination_id: Nullable(Text('cn_0k6d3h8n5b2f7j4q'), {
      description: 'The first connection it writes; null: inline.',
    }),
    domain_id: Nullable(Text('commerce'), { description: `The label ${DOMAIN}.` }),
    domain_name: Nullable(Text('commerce'), { description: `The annotation ${DOMAIN_NAME}, else the label.` }),
    batch_size: Type.Integer({ description: 'Streams: records of a flush at most.', minimum: 1, examples: [100] }),
    config: Type.Optional(
      MapOf(Type.Unknown(), {
        description: 'The whole spec with the name, secrets as references; in the single view only.',
      }),
    ),
    labels: MapOf(Type.String()),
    events_last_24h: Type.Integer({ description: 'Streams: events accepted; 0 for a batch pipeline.', minimum: 0 }),
    events: Nullable(PipelineEvents, { description: 'How far a stream has come; null for a batch pipeline.' }),
    last_run: Nullable(LastRun, { description: 'The newest run.' }),
    last_run_status: Nullable(OneOf(RUN_STATUSES, { examples: ['success'] })),
    last_run_at: Nullable(Time('When the newest run started, or was asked for.')),
    next_run_at: Nullable(Time('The next occurrence of the schedule; null while paused.')),
    revision: Text('9f2c41d07be3a5586c1d', 'The commit that last changed it.'),
    generation: Type.Integer({ description: 'Counts changes of the spec.', minimum: 0, examples: [3] }),
    sync: Sync,
    conditions: Type.Array(Condition),
    created_at: Time('When it was first applied.'),
    updated_at: Time('When it last changed.'),
  },
  { title: 'Pipeline', description: 'Sources, transforms, destinations and a schedule.' },
);
export type PipelineView = Static<typeof PipelineView>;

/** `lastRun` is the newest run, if there is one; `figures` those of its events; `full` adds the spec. */
export function pipelineView(
  stored: StoredResource<'Pipeline'>,
  lastRun: RunRecord | undefined,
  figures: { readonly last24h: number; readonly events: PipelineEvents } | undefined,
  options: { readonly now: number; readonly full: boolean },
): PipelineView {
  const { metadata, spec } = stored.resource;
  const status = pipelineStatus(stored);
  const domain = metadata.labels?.[DOMAIN] ?? null;
  return {
    id: stored.id,
    name: metadata.name,
    title: spec.title ?? null,
    description: spec.description ?? null,
    workspace: metadata.namespace,
    version: spec.version ?? null,
    status,
    health: healthOf(stored, status),
    enabled: !isDisabled(stored),
    ...scheduleOf(spec),
    source_id: connectionId(metadata.namespace, (spec.source ?? spec.sources?.[0])?.connection),
    destination_id: connectionId(metadata.namespace, (spec.destination ?? spec.destinations?.[0])?.connection),
    domain_id: domain,
    domain_name: metadata.annotations?.[DOMAIN_NAME] ?? domain,
    batch_size: spec.batch?.size ?? DEFAULT_BATCH_SIZE,
    ...(options.full ? { config: { name: metadata.name, ...(redactConfig(spec) as Record<string, unknown>) } } : {}),
    labels: { ...metadata.labels },
    events_last_24h: figures?.last24h ?? 0,
    events: figures?.events ?? null,
    ...lastRunOf(lastRun, options.now),
    next_run_at: status === 'paused' ? null : (stored.status.nextRunAt ?? null),
    revision: stored.revision,
    generation: stored.generation,
    sync: { repository_id: stored.origin.repositoryId, file: stored.origin.file, line: stored.origin.line },
    conditions: stored.status.conditions ?? [],
    created_at: timeOf(stored.createdAt)!,
    updated_at: timeOf(stored.updatedAt)!,
  };
}

export function scheduleOf({ schedule }: Pick<PipelineSpec, 'schedule'>): Pick<PipelineView, 'schedule' | 'time_zone'> {
  if (typeof schedule === 'string') return { schedule, time_zone: 'UTC' };
  const { cron, timeZone = 'UTC' }: Partial<ScheduleSpec> = schedule ?? {};
  const all = [cron].flat().filter((each) => typeof each === 'string');
  // Kubernetes stores anything there; what is no schedule is shown as none, and the conditions tell of it.
  if (all.length === 0 || typeof timeZone !== 'string') return { schedule: null, time_zone: null };
  return { schedule: all.join(' | '), time_zone: timeZone };
}

function connectionId(namespace: string, name: string | undefined): string | null {
  return name === undefined ? null : resourceId({ kind: 'Connection', namespace, name });
}

function lastRunOf(
  run: RunRecord | undefined,
  now: number,
): Pick<PipelineView, 'last_run' | 'last_run_status' | 'last_run_at'> {
  if (run === undefined) return { last_run: null, last_run_status: null, last_run_at: null };
  return {
    last_run: {
      id: run.id,
      status: run.status,
      started_at: timeOf(run.startedAt),
      duration_ms: runDuration(run, now),
      rows_loaded: run.rowsLoaded,
    },
    last_run_status: run.status,
    last_run_at: timeOf(run.startedAt ?? run.createdAt),
  };
}

function healthOf(stored: StoredResource<'Pipeline'>, status: PipelineView['status']): PipelineView['health'] {
  if (status === 'paused') return 'suspended';
  if (stored.status.observedGeneration !== undefined && stored.status.observedGeneration !== stored.generation) {
    return 'progressing';
  }
  const ready = stored.status.conditions?.find((condition) => condition.type === 'Ready')?.status;
  if (ready === 'False' || status === 'error') return 'degraded';
  return ready === 'True' ? 'healthy' : 'progressing';
}
