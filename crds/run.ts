import { Type, type Static } from 'typebox';
import {
  COLUMNS,
  Duration,
  rules,
  OneOf,
  ResourceName,
  Strict,
  Variables,
  commonStatus,
  type KindDefinition,
} from './common.ts';
import { RUN_STATUSES } from './pipeline.ts';

export const RunSpec = Strict(
  {
    pipeline: ResourceName('The Pipeline of this workspace to run.'),
    fullRefresh: Type.Optional(
      Type.Boolean({ description: 'Forget the incremental state and read everything.', default: false }),
    ),
    dryRun: Type.Optional(
      Type.Boolean({
        description: 'Validate, connect, read a sample, show what would come; write nothing.',
        default: false,
      }),
    ),
    variables: Type.Optional(Variables("Override the pipeline's variables.")),
    ttl: Type.Optional(
      Duration(
        'How long the resource stays after the end of the run; the run itself stays in the history of its pipeline. Without it the resource stays until somebody deletes it, as a Job does. Leave it out where Git, Argo CD or Flux keep applying the resource: they would make it, and thereby run it, again.',
      ),
    ),
  },
  {
    description: 'One execution of a batch pipeline.',
    ...rules({ rule: 'self == oldSelf', message: 'a Run cannot be changed: make another one' }),
  },
);
export type RunSpec = Static<typeof RunSpec>;

export const RunResourceStatus = Strict({
  phase: Type.Optional(OneOf(RUN_STATUSES, { description: 'How far it is.' })),
  ...commonStatus,
  runId: Type.Optional(Type.String({ description: 'The id of the run in the API.', maxLength: 63 })),
  startedAt: Type.Optional(Type.String({ description: 'When it started.', format: 'date-time' })),
  finishedAt: Type.Optional(Type.String({ description: 'When it ended.', format: 'date-time' })),
  rowsLoaded: Type.Optional(Type.Integer({ description: 'Rows in all destinations.', minimum: 0 })),
  message: Type.Optional(Type.String({ description: 'Why it failed, or what it could not do beside its work.' })),
});
export type RunResourceStatus = Static<typeof RunResourceStatus>;

export const runKind: KindDefinition = {
  kind: 'Run',
  plural: 'runs',
  shortNames: ['hgrun'],
  summary: 'One execution of a batch pipeline: creating the resource starts it.',
  example: `apiVersion: headgate.dev/v1alpha1
kind: Run
metadata:
  name: orders-again
spec:
  pipeline: orders-to-warehouse
  fullRefresh: true
  variables: {REGION: eu}
`,
  spec: RunSpec,
  status: RunResourceStatus,
  columns: [
    { name: 'Pipeline', type: 'string', jsonPath: '.spec.pipeline', description: 'What is run.' },
    COLUMNS.ready('Whether it ended well.'),
    { name: 'Status', type: 'string', jsonPath: '.status.phase', description: 'How far it is.' },
    { name: 'Started', type: 'date', jsonPath: '.status.startedAt', description: 'When it started.' },
    { name: 'Rows', type: 'integer', jsonPath: '.status.rowsLoaded', description: 'Rows loaded.' },
    COLUMNS.age,
    COLUMNS.reason,
    { name: 'Run', type: 'string', jsonPath: '.status.runId', description: 'Its id in the API.', priority: 1 },
    COLUMNS.revision,
    { name: 'Message', type: 'string', jsonPath: '.status.message', description: 'Why it failed.', priority: 1 },
  ],
};
