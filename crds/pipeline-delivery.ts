import { Type } from 'typebox';
import { OneOf, rules, Strict } from './common.ts';
import { PIPELINE_DEFAULTS } from './pipeline-defaults.ts';

/** How a stream brings its events to the destinations. */
export const DeliverySpec = Strict(
  {
    concurrency: Type.Optional(
      Type.Integer({
        description: 'Batches under way at the same time. More than one needs `order: key` or `order: none`.',
        default: PIPELINE_DEFAULTS.delivery.concurrency,
        minimum: 1,
        maximum: 64,
      }),
    ),
    order: Type.Optional(
      OneOf(['all', 'key', 'none'], {
        description: '`all`: events arrive in the order they came; `key`: those of the same key do; `none`: any order.',
        default: PIPELINE_DEFAULTS.delivery.order,
      }),
    ),
    whenPaused: Type.Optional(
      OneOf(['accept', 'refuse'], {
        description: 'What happens to events that come while the pipeline is paused: kept for later, or refused.',
        default: PIPELINE_DEFAULTS.delivery.whenPaused,
      }),
    ),
  },
  {
    description: 'Streams: how events reach the destinations.',
    ...rules({
      rule: "(has(self.concurrency) ? self.concurrency : 1) == 1 || (has(self.order) ? self.order : 'all') != 'all'",
      message: 'more than one batch at a time keeps no order of all events: set order to key or none',
    }),
  },
);
