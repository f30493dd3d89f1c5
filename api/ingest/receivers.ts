import { HeadgateError } from '../../foundation/errors.ts';
import type { WebhookReceiver } from '../../runner/ports.ts';
import { referencesIn } from '../../runner/references.ts';
import { resolveSettings } from '../../runner/settings.ts';
import type { RouteDeps } from '../deps.ts';
import type { TargetSource } from './target.ts';

/** A source that takes webhooks, ready to check signatures. */
export interface Receiver {
  readonly receiver: WebhookReceiver;
  /** Whether it asks for a signature; otherwise the sender needs a token. */
  readonly signed: boolean;
}

/**
 * The receiver of a source. Made once for each `TargetSource`, which is made anew when the pipeline or its connection
 * changed, and every ten seconds, so that a secret in a file may change. Rejects with `not_found` when the source takes no
 * webhooks, `invalid_settings`, `reference_not_found`.
 */
export function createReceivers(
  deps: Pick<RouteDeps, 'resolveReference'>,
): (source: TargetSource) => Promise<Receiver> {
  const made = new WeakMap<TargetSource, Promise<Receiver>>();
  return (source) => {
    const known = made.get(source);
    if (known !== undefined) return known;
    const making = make(source, deps);
    made.set(source, making);
    // What failed may have been mended.
    making.catch(() => made.delete(source));
    return making;
  };
}

async function make(
  source: TargetSource,
  { resolveReference }: Pick<RouteDeps, 'resolveReference'>,
): Promise<Receiver> {
  const { connector, variables, pointer } = source;
  if (connector.receiver === undefined) {
    throw new HeadgateError('not_found', `the source '${connector.name}' of this pipeline takes no webhooks`, {
      hint: 'send events to POST /v1/events, or use the source `webhook`',
    });
  }
  const resolved = await resolveDeep(source.settings, async (text) => {
    if (referencesIn(text).length === 0) return text;
    if (resolveReference === undefined) {
      throw new HeadgateError('reference_not_found', 'this server resolves no references', { at: pointer });
    }
    return resolveReference(text, variables);
  });
  const at = { pointer: `${pointer}/settings` };
  const settings = resolveSettings(connector, resolved as Record<string, unknown>, at);
  return {
    receiver: connector.receiver(settings),
    signed: settings['signature'] !== undefined,
  };
}

async function resolveDeep(value: unknown, resolve: (text: string) => Promise<string>): Promise<unknown> {
  if (typeof value === 'string') return resolve(value);
  if (Array.isArray(value)) return Promise.all(value.map((item) => resolveDeep(item, resolve)));
  if (typeof value !== 'object' || value === null) return value;
  const members = await Promise.all(
    Object.entries(value).map(async ([name, member]) => [name, await resolveDeep(member, resolve)] as const),
  );
  return Object.fromEntries(members);
}
