/** What a request that brings events may hold. */
import { Type, type Static } from 'typebox';
import { CLEAN_PATTERN, Strict } from '../../crds/common.ts';
import { MAX_EVENT_NAME } from '../../store/event-ports.ts';
import { Workspace } from '../routes/schemas.ts';

const EventName = (description: string, example: string) =>
  Type.String({ description, minLength: 1, maxLength: MAX_EVENT_NAME, pattern: CLEAN_PATTERN, examples: [example] });

const PipelineId = {
  description: 'Id or name of the pipeline. Needed unless the query names one for all events.',
  minLength: 1,
  maxLength: 253,
  examples: ['pl_8f3a'],
};

export const EventRequest = Strict(
  {
    pipeline_id: Type.Optional(Type.String(PipelineId)),
    event_type: EventName('What happened; dots make namespaces.', 'order.created'),
    payload: Type.Unsafe<Record<string, unknown>>({
      type: 'object',
      description: 'Any JSON object, up to 256 KB as compact JSON and 128 levels deep.',
      examples: [{ orderId: 'ord_1042', amount: 4999, currency: 'usd' }],
    }),
    idempotency_key: Type.Optional(
      EventName(
        'Sent again within 24 hours it answers with the first result instead of making a second event.',
        'evt-key-3f9c2a',
      ),
    ),
    key: Type.Optional(
      EventName(
        'Events with the same ordering key keep their order. When left out, the source may say where the payload has it.',
        'ord_1042',
      ),
    ),
    workspace: Workspace,
  },
  { title: 'EventRequest', description: 'An event on its way to a pipeline.' },
);
export type EventRequest = Static<typeof EventRequest>;

/** An event of a request whose query names no pipeline. */
export const EventWithPipeline = Strict({ ...EventRequest.properties, pipeline_id: Type.String(PipelineId) });

/** Query parameters that hold for all events of a request which name nothing else. */
export const ingestQuery = Strict({
  pipeline_id: Type.Optional(
    Type.String({
      description: 'Id or name of the pipeline, for all events that name none.',
      minLength: 1,
      maxLength: 253,
    }),
  ),
  workspace: Workspace,
});
