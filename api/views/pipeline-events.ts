import { Type, type Static } from 'typebox';
import { Strict } from '../../crds/common.ts';
import { Nullable, Time } from './common.ts';

const Amount = (description: string, example: number) => Type.Integer({ description, minimum: 0, examples: [example] });

export const PipelineEvents = Strict(
  {
    accepted: Amount('Events taken since it began.', 2_481_093),
    delivered: Amount('How many of them are settled: delivered, or left as dead letters or cancelled.', 2_481_000),
    lag: Amount('How many wait for delivery.', 93),
    lag_seconds: Type.Number({
      description: 'How long the oldest of these has waited; 0 when none does.',
      minimum: 0,
      examples: [0.4],
    }),
    dead_letters: Amount('Events that failed and that nobody retried, replayed or discarded.', 2),
    throughput_per_second: Nullable(Type.Number({ minimum: 0, examples: [1250.5] }), {
      description: 'Events settled a second since somebody looked before, within 5 minutes; null when nobody did.',
    }),
    bytes: Amount('Kept in the log, about.', 104_857_600),
    backlog_bytes: Amount('Of these, waiting for delivery.', 16_384),
    last_received_at: Nullable(Time('When the newest event was accepted.')),
    last_delivered_at: Nullable(Time('When events were last settled.')),
  },
  { title: 'PipelineEvents', description: 'How far a stream pipeline has come with its events.' },
);
export type PipelineEvents = Static<typeof PipelineEvents>;
