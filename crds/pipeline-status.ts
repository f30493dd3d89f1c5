import { Type, type Static } from 'typebox';
import { OneOf, Strict, commonStatus } from './common.ts';

export const PIPELINE_PHASES = ['active', 'paused', 'draining', 'error'] as const;
export type PipelinePhase = (typeof PIPELINE_PHASES)[number];
export const RUN_STATUSES = ['pending', 'running', 'success', 'failed', 'cancelled'] as const;
export type RunStatus = (typeof RUN_STATUSES)[number];

export const PipelineStatus = Strict({
  phase: Type.Optional(OneOf(PIPELINE_PHASES, { description: 'What the pipeline is doing.' })),
  ...commonStatus,
  lastRun: Type.Optional(
    Strict(
      {
        id: Type.String({ description: 'Its id in the API.' }),
        status: OneOf(RUN_STATUSES, { description: 'How far it is.' }),
        startedAt: Type.Optional(Type.String({ description: 'When it started.', format: 'date-time' })),
        durationMs: Type.Optional(Type.Integer({ description: 'How long it took, in milliseconds.', minimum: 0 })),
        rowsLoaded: Type.Optional(Type.Integer({ description: 'Rows in all destinations.', minimum: 0 })),
      },
      { description: 'The newest run.' },
    ),
  ),
  lastHandledRun: Type.Optional(
    Type.String({ description: 'The value of the annotation `headgate.dev/run` for which a run was started last.' }),
  ),
  replicas: Type.Optional(
    Type.Integer({ description: 'Streams on Kubernetes: how many runners can deliver.', minimum: 0 }),
  ),
  selector: Type.Optional(
    Type.String({ description: 'Streams on Kubernetes: the label selector of their Pods, for autoscalers.' }),
  ),
  nextRunAt: Type.Optional(Type.String({ description: 'The next scheduled occurrence.', format: 'date-time' })),
});
export type PipelineStatus = Static<typeof PipelineStatus>;
