import { Type, type Static } from 'typebox';
import { COLUMNS, Duration, rules, Strict, Variables, type KindDefinition } from './common.ts';
import { DestinationSpec, SourceSpec } from './endpoint.ts';
import { DeliverySpec } from './pipeline-delivery.ts';
import { PIPELINE_DEFAULTS } from './pipeline-defaults.ts';
import { RunnerSpec } from './pipeline-runner.ts';
import { PipelineStatus } from './pipeline-status.ts';
import { ScheduleSpec } from './schedule.ts';
import { Transform } from './transforms.ts';

export * from './endpoint.ts';
export * from './pipeline-status.ts';
export * from './schedule.ts';

export const PipelineSpec = Strict(
  {
    description: Type.Optional(Type.String({ description: 'What it is for, in a sentence.', maxLength: 4096 })),
    title: Type.Optional(Type.String({ description: 'A name for people, in any script.', maxLength: 256 })),
    version: Type.Optional(Type.String({ description: "The author's own label.", maxLength: 64 })),
    enabled: Type.Optional(
      Type.Boolean({ description: 'false: paused. Nothing starts, and what runs is drained.', default: true }),
    ),
    schedule: Type.Optional(
      Type.Union([Type.String({ minLength: 1, maxLength: 128 }), ScheduleSpec], {
        description: 'A cron expression, or an object with more to say. Without it the pipeline runs when asked.',
        examples: ['0 */6 * * *'],
      }),
    ),
    source: Type.Optional(SourceSpec),
    sources: Type.Optional(
      Type.Array(SourceSpec, {
        description:
          'Several named inputs, instead of `source`. Without a `sql` transform they are appended by column name.',
        minItems: 1,
        maxItems: 32,
      }),
    ),
    transforms: Type.Optional(Type.Array(Transform, { description: 'Applied in order.', maxItems: 100 })),
    transform: Type.Optional(
      Type.Array(Transform, { description: 'The same as `transforms`; use one of the two.', maxItems: 100 }),
    ),
    destination: Type.Optional(DestinationSpec),
    destinations: Type.Optional(
      Type.Array(DestinationSpec, { description: 'Several, instead of `destination`.', minItems: 1, maxItems: 32 }),
    ),
    batch: Type.Optional(
      Strict(
        {
          size: Type.Optional(
            Type.Integer({
              description: 'Records at most.',
              default: PIPELINE_DEFAULTS.batch.size,
              minimum: 1,
              maximum: 100_000,
            }),
          ),
          interval: Type.Optional(Duration('How long to wait for more.', PIPELINE_DEFAULTS.batch.interval)),
        },
        { description: 'Streams: flush when either is reached.' },
      ),
    ),
    delivery: Type.Optional(DeliverySpec),
    retry: Type.Optional(
      Strict(
        {
          attempts: Type.Optional(
            Type.Integer({
              description: 'Tries in all.',
              default: PIPELINE_DEFAULTS.retry.attempts,
              minimum: 1,
              maximum: 100,
            }),
          ),
          initial: Type.Optional(Duration('The first wait; doubles each time.', PIPELINE_DEFAULTS.retry.initial)),
          max: Type.Optional(Duration('The longest wait.', PIPELINE_DEFAULTS.retry.max)),
          jitter: Type.Optional(
            Type.Boolean({ description: 'Spread the waits.', default: PIPELINE_DEFAULTS.retry.jitter }),
          ),
        },
        { description: 'How failures that may pass are tried again.' },
      ),
    ),
    limits: Type.Optional(
      Strict(
        {
          eventsPerSecond: Type.Optional(
            Type.Integer({
              description: 'Streams: accepted at most.',
              default: PIPELINE_DEFAULTS.limits.eventsPerSecond,
              minimum: 1,
              maximum: 10_000_000,
            }),
          ),
          timeout: Type.Optional(Duration('A run that takes longer fails.', PIPELINE_DEFAULTS.limits.timeout)),
        },
        { description: 'Upper bounds.' },
      ),
    ),
    variables: Type.Optional(Variables('Defaults for `${var:NAME}`; a run can override them.')),
    history: Type.Optional(
      Strict(
        {
          runs: Type.Optional(
            Type.Integer({
              description: 'Ended runs to keep.',
              default: PIPELINE_DEFAULTS.history.runs,
              minimum: 1,
              maximum: 100_000,
            }),
          ),
          events: Type.Optional(Duration('How long delivered events are kept.', PIPELINE_DEFAULTS.history.events)),
          eventBytes: Type.Optional(
            Type.String({
              description:
                'How much of them is kept, such as 500Mi. When so much waits for delivery, further events are refused.',
              default: PIPELINE_DEFAULTS.history.eventBytes,
              minLength: 1,
              maxLength: 32,
            }),
          ),
        },
        { description: 'How much of the past is kept.' },
      ),
    ),
    // So that every pipeline has the field that `kubectl scale` and autoscalers turn.
    runner: Type.Optional({ ...RunnerSpec, default: {} }),
  },
  {
    description: 'What is moved, from where to where, and when.',
    ...rules(
      { rule: 'has(self.source) != has(self.sources)', message: 'exactly one of source and sources is needed' },
      {
        rule: 'has(self.destination) != has(self.destinations)',
        message: 'exactly one of destination and destinations is needed',
      },
      {
        rule: '!(has(self.transform) && has(self.transforms))',
        message: 'transform and transforms exclude each other: keep one of the two',
      },
      {
        rule: "!has(self.sources) || size(self.sources) == 1 || self.sources.all(s, has(s.name) && s.name != 'input' && self.sources.exists_one(t, has(t.name) && t.name == s.name))",
        message: 'each of several sources needs a name of its own, and none may be called input',
      },
    ),
  },
);
export type PipelineSpec = Static<typeof PipelineSpec>;

export const pipelineKind: KindDefinition = {
  kind: 'Pipeline',
  plural: 'pipelines',
  shortNames: ['pl', 'pipe'],
  summary:
    'Moves records from sources through transforms to destinations: on a schedule or when asked (batch), or as events arrive (stream).',
  example: `apiVersion: headgate.dev/v1alpha1
kind: Pipeline
metadata:
  name: orders-to-warehouse
spec:
  description: Orders, every six hours, into the warehouse
  schedule: "0 */6 * * *"
  source:
    connection: shop-postgres
    stream: orders
    incremental: {cursor: updated_at}
  transforms:
    - rename: {user_id: contact_id}
    - filter: amount > 0 && currency in ["USD", "EUR"]
    - set: {amount_major: amount / 100.0}
    - cast: {amount_major: "decimal(12,2)"}
    - mask: {email: sha256}
    - drop: [internal_note]
  destination:
    connection: warehouse
    stream: orders
    mode: upsert
    key: [id]
  retry: {attempts: 5, initial: 1s, max: 5m}
  limits: {timeout: 1h}
`,
  spec: PipelineSpec,
  status: PipelineStatus,
  scale: {
    specReplicasPath: '.spec.runner.replicas',
    statusReplicasPath: '.status.replicas',
    labelSelectorPath: '.status.selector',
  },
  columns: [
    COLUMNS.ready('Whether it works.'),
    { name: 'Status', type: 'string', jsonPath: '.status.phase', description: 'What it is doing.' },
    { name: 'Schedule', type: 'string', jsonPath: '.spec.schedule', description: 'When it runs.' },
    {
      name: 'Last run',
      type: 'date',
      jsonPath: '.status.lastRun.startedAt',
      description: 'When the newest run started.',
    },
    // Kubernetes shows the age of a date, which a coming one does not have.
    { name: 'Next run', type: 'string', jsonPath: '.status.nextRunAt', description: 'When it runs next.' },
    COLUMNS.age,
    COLUMNS.reason,
    {
      name: 'Last result',
      type: 'string',
      jsonPath: '.status.lastRun.status',
      description: 'How the newest run ended.',
      priority: 1,
    },
    {
      name: 'Rows',
      type: 'integer',
      jsonPath: '.status.lastRun.rowsLoaded',
      description: 'Rows that the newest run loaded.',
      priority: 1,
    },
    COLUMNS.revision,
  ],
};
