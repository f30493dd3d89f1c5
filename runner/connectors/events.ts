import type { Issue } from '../../foundation/errors.ts';
import { toPointer } from '../../crds/pointer.ts';
import { compileEventChecks } from '../events/checks.ts';
import { compileSchema } from '../events/payload-schema.ts';
import { EventsSettings } from '../events/settings.ts';
import type { Connector } from '../ports.ts';
import { issuesOf } from './static-issues.ts';

const ORDER = {
  type: 'object',
  required: ['order_id', 'amount'],
  properties: { order_id: { type: 'string' }, amount: { type: 'number', minimum: 0 } },
};

/** Events that producers send to the API. It has no face of its own: the API takes the events, and the log keeps them. */
export const events: Connector<typeof EventsSettings> = {
  name: 'events',
  title: 'Events',
  summary: 'Takes events that are sent to the API (`POST /v1/events`), and checks them against JSON Schemas.',
  settings: EventsSettings,
  examples: [
    { title: 'Any event', settings: {} },
    {
      title: 'Orders, checked, and in order for each customer',
      settings: { types: ['order.*'], schema: ORDER, key: 'customer_id' },
    },
    {
      title: 'A schema for each type; what does not fit waits with the dead letters',
      settings: {
        schemas: { 'order.*': ORDER, 'order.deleted': { required: ['order_id'] } },
        onInvalid: 'dead-letter',
      },
    },
  ],
  streaming: true,
  validate,
  check: () => Promise.resolve({ ok: true, message: 'the API takes its events' }),
};

function validate(settings: EventsSettings): readonly Issue[] {
  const { schema, schemas = {} } = settings;
  const issues = [
    ...(schema === undefined ? [] : issuesOf('/settings/schema', () => compileSchema(schema))),
    ...Object.entries(schemas).flatMap(([type, each]) =>
      issuesOf(`/settings/schemas${toPointer([type])}`, () => compileSchema(each)),
    ),
  ];
  return issues.length > 0 ? issues : issuesOf('/settings/schemas', () => compileEventChecks(settings));
}
