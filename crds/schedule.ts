import { Type, type Static } from 'typebox';
import { OneOf, Strict } from './common.ts';
import { PIPELINE_DEFAULTS } from './pipeline-defaults.ts';

export const ScheduleSpec = Strict({
  cron: Type.Union(
    [
      Type.String({ minLength: 1, maxLength: 128 }),
      Type.Array(Type.String({ minLength: 1, maxLength: 128 }), { minItems: 1, maxItems: 32 }),
    ],
    { description: 'Cron expressions of five fields, or six with seconds first.' },
  ),
  timeZone: Type.Optional(
    Type.String({
      description: 'IANA name, such as Europe/Berlin.',
      default: PIPELINE_DEFAULTS.timeZone,
      maxLength: 64,
    }),
  ),
  startingDeadlineSeconds: Type.Optional(
    Type.Integer({
      description: 'How late a missed occurrence may still start; any time when left out.',
      minimum: 1,
      maximum: 31_536_000,
    }),
  ),
  concurrencyPolicy: Type.Optional(
    OneOf(['Forbid', 'Allow', 'Replace'], {
      description:
        'When an occurrence comes while a run is going on. Forbid: it waits its turn, and only the latest waits. Allow: both run. Replace: the older run is cancelled.',
      default: PIPELINE_DEFAULTS.concurrencyPolicy,
    }),
  ),
  catchUp: Type.Optional(
    OneOf(['latest', 'all', 'none'], {
      description: 'What to do about occurrences missed while Headgate was down or the pipeline was paused.',
      default: PIPELINE_DEFAULTS.catchUp,
    }),
  ),
});
export type ScheduleSpec = Static<typeof ScheduleSpec>;
