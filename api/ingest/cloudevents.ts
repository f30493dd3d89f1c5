/** CloudEvents 1.0 (https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md) and what becomes of them here. */
import type { IncomingHttpHeaders } from 'node:http';
import { Type } from 'typebox';
import { CLEAN_PATTERN } from '../../crds/common.ts';
import { HeadgateError } from '../../foundation/errors.ts';
import { derivedId } from '../../foundation/ids.ts';
import { MAX_EVENT_NAME } from '../../store/event-ports.ts';
import type { EventInput } from './input.ts';

const Attribute = (description: string, example: string) =>
  Type.String({ description, minLength: 1, maxLength: 2048, examples: [example] });

/** The structured form. `type` is the event type, `data` the payload; the rest becomes the event's attributes. */
export const CloudEvent = Type.Unsafe<Record<string, unknown>>({
  type: 'object',
  title: 'CloudEvent',
  description:
    'A CloudEvent 1.0: `type` becomes the event type, `data` the payload, `source` with `id` the idempotency key, the extension `partitionkey` the ordering key. The query says which pipeline.',
  required: ['specversion', 'id', 'source', 'type', 'data'],
  properties: {
    specversion: { type: 'string', enum: ['1.0'] },
    id: Attribute('Unique for its source.', 'A234-1234-1234'),
    source: Attribute('Where it happened.', '/mycontext'),
    type: {
      ...Attribute('What happened.', 'com.example.someevent'),
      maxLength: MAX_EVENT_NAME,
      pattern: CLEAN_PATTERN,
    },
    partitionkey: {
      ...Attribute('The ordering key.', 'ord_1042'),
      maxLength: MAX_EVENT_NAME,
      pattern: CLEAN_PATTERN,
    },
    data: { type: 'object', description: 'The payload.' },
  },
  propertyNames: { pattern: '^[a-z0-9]{1,64}$' },
  additionalProperties: { type: ['string', 'number', 'boolean', 'null'] },
});

/** A CloudEvent that matches the schema, as an event. */
export function fromCloudEvent(event: Readonly<Record<string, unknown>>): EventInput {
  const { data, type, partitionkey, ...attributes } = event;
  const [source, id] = [String(event['source']), String(event['id'])];
  // With the length in front, no other pair of source and id makes the same key.
  const key = `${source.length}:${source}:${id}`;
  return {
    event_type: type as string,
    payload: data as Record<string, unknown>,
    idempotency_key: key.length <= MAX_EVENT_NAME ? key : derivedId('ce', source, id),
    ...(partitionkey === undefined ? {} : { key: partitionkey as string }),
    attributes,
  };
}

/** Whether header fields carry the attributes of an event whose data is the body (HTTP binding, binary mode). */
export function isBinaryMode(headers: IncomingHttpHeaders): boolean {
  return headers['ce-specversion'] !== undefined;
}

/** The structured form of an event in binary mode. */
export function fromHeaders(headers: IncomingHttpHeaders, data: unknown): Record<string, unknown> {
  const event: Record<string, unknown> = { data, datacontenttype: headers['content-type'] };
  for (const [name, value] of Object.entries(headers)) {
    if (name.startsWith('ce-')) event[name.slice(3)] = decoded(name, String(value));
  }
  return event;
}

/** Values are percent-encoded UTF-8; what older senders put into double quotes comes out of them first (HTTP binding, 3.1.3.2). */
function decoded(name: string, value: string): string {
  const quoted = /^"((?:[^"\\]|\\.)*)"$/.exec(value)?.[1];
  try {
    return decodeURIComponent(quoted?.replaceAll(/\\(.)/g, '$1') ?? value);
  } catch {
    throw new HeadgateError('invalid_request', `the header ${name} is not percent-encoded UTF-8`);
  }
}
