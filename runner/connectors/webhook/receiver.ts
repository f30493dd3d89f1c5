import { createHash } from 'node:crypto';
import { MAX_EVENT_NAME } from '../../../store/event-ports.ts';
import { eventName } from '../../events/event-name.ts';
import { orderingKey } from '../../events/ordering-key.ts';
import type { IncomingEvent, WebhookReceiver, WebhookRequest } from '../../ports.ts';
import { valueAt } from '../http/json.ts';
import { payloadsOf } from './payloads.ts';
import type { WebhookSettings } from './settings.ts';
import { createVerify } from './verify.ts';

const DEFAULT_TYPE = 'webhook';

type Payload = Readonly<Record<string, unknown>>;

/** Where a text comes from. */
interface From {
  readonly header?: string;
  readonly path?: string;
  readonly value?: string;
}

/** Throws `invalid_settings`. */
export function createReceiver(settings: WebhookSettings): WebhookReceiver {
  const verify = createVerify(settings.signature);
  const usual = usualOf(settings);
  const type = settings.type ?? usual.type;
  const once = settings.idempotencyKey ?? usual.once;
  const keyIn = orderingKey(settings);
  return {
    receive(request) {
      verify(request);
      const { items, many } = payloadsOf(request, settings.signature?.github !== undefined);
      return items.map((payload, index): IncomingEvent => {
        const idempotencyKey = onceOf(once, request, payload, many ? index : null);
        return {
          type: eventName(find(type, request, payload) ?? DEFAULT_TYPE),
          key: keyOf(settings, request) ?? keyIn(payload),
          payload,
          ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
        };
      });
    },
  };
}

/** Where senders of a kind have type and identity. */
function usualOf({ signature }: WebhookSettings): { readonly type: From; readonly once: From } {
  if (signature?.standardWebhooks !== undefined) return { type: { path: 'type' }, once: { header: 'webhook-id' } };
  if (signature?.github !== undefined) {
    return { type: { header: 'x-github-event' }, once: { header: 'x-github-delivery' } };
  }
  if (signature?.stripe !== undefined) return { type: { path: 'type' }, once: { path: 'id' } };
  return { type: { value: DEFAULT_TYPE }, once: {} };
}

function find(from: From, request: WebhookRequest, payload: Payload): string | undefined {
  const value =
    from.value ??
    (from.header !== undefined
      ? request.headers[from.header.toLowerCase()]
      : from.path !== undefined
        ? valueAt(payload, from.path)
        : undefined);
  const scalar = typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint';
  return scalar && value !== '' ? String(value) : undefined;
}

/** `index` counts the events of a request with many, which share its headers; null for a single one. */
function onceOf(from: From, request: WebhookRequest, payload: Payload, index: number | null): string | undefined {
  const found = find(from, request, payload);
  if (found === undefined) return undefined;
  const key = index === null || from.header === undefined ? found : `${found}-${index}`;
  // Cut, two keys could become one.
  return key.length <= MAX_EVENT_NAME ? key : createHash('sha256').update(key).digest('hex');
}

function keyOf({ keyHeader }: WebhookSettings, { headers }: WebhookRequest): string | null {
  const key = keyHeader === undefined ? undefined : headers[keyHeader.toLowerCase()];
  return key === undefined || key === '' ? null : eventName(key);
}
