import { Type, type Static } from 'typebox';
import { Strict } from '../../crds/common.ts';
import { Id, Nullable, Text } from './common.ts';
import { ErrorView } from './error.ts';
import { RunView } from './run.ts';

const IntegrationId = Id('The integration.', 'cn_7p2m9x4c1t8r5v3w');

export const CheckView = Strict(
  {
    id: IntegrationId,
    ok: Type.Boolean({ description: 'Whether it can connect.' }),
    message: Text('connected', 'What was found, or what is wrong.'),
    streams: Nullable(Type.Array(Type.String()), {
      description: 'Streams that were found; null where the connector cannot tell.',
      examples: [['orders', 'customers']],
    }),
  },
  { title: 'IntegrationCheck', description: 'Whether an integration can connect.' },
);
export type CheckView = Static<typeof CheckView>;

export const IntegrationSyncView = Strict(
  {
    id: IntegrationId,
    runs: Type.Array(RunView, { description: 'The runs that were started.' }),
    skipped: Type.Array(
      Strict({ pipeline_id: Id('The pipeline.', 'pl_8f3a'), pipeline: Text('orders'), error: ErrorView }),
      { description: 'Pipelines that were not started, and why: streams, which run all the time, and paused ones.' },
    ),
  },
  { title: 'IntegrationSync', description: 'What a sync of an integration started.' },
);
export type IntegrationSyncView = Static<typeof IntegrationSyncView>;

export const InboundKeyView = Strict(
  {
    id: IntegrationId,
    key: Text('hg_prod_4x1k9x2m4c7r8t5v6w1y3z0a2b4c6d8e', 'The key. It is shown this once and stored nowhere.'),
    events_path: Text('/v1/integrations/cn_7p2m9x4c1t8r5v3w/events', 'Where events are sent to with it.'),
  },
  { title: 'InboundKey', description: 'The inbound key of a custom integration.' },
);
export type InboundKeyView = Static<typeof InboundKeyView>;
