import { HeadgateError, messageOf } from '../../foundation/errors.ts';
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

type ReceiverDeps = Pick<RouteDeps, 'resolveReference' | 'log'>;

/**
 * The receiver of a source. Made once for each `TargetSource`, which is made anew when the pipeline or its connection
 * changed, and every ten seconds, so that a secret may change. Rejects with `unavailable` when its settings are not usable:
 * why stands in the log, since the sender is nobody known.
 */
export function createReceivers(deps: ReceiverDeps): (source: TargetSource) => Promise<Receiver> {
  const made = new WeakMap<TargetSource, Promise<Receiver>>();
  return (source) => {
    let making = made.get(source);
    if (making === undefined) {
      making = make(source, deps).catch((error: unknown) => {
        deps.log.warn({ at: source.pointer, reason: messageOf(error) }, 'webhooks of a pipeline cannot be checked');
        throw notReady();
      });
      made.set(source, making);
    }
    return making;
  };
}

export function notReady(): HeadgateError {
  const message = 'webhooks of this pipeline cannot be checked now';
  return new HeadgateError('unavailable', message, { retryAfter: 60, retryable: true });
}

async function make(source: TargetSource, { resolveReference }: ReceiverDeps): Promise<Receiver> {
  const { connector, workspace, variables, pointer } = source;
  const resolved = await resolveDeep(source.settings, async (text) => {
    if (referencesIn(text).length === 0) return text;
    if (resolveReference === undefined) {
      throw new HeadgateError('reference_not_found', 'this server resolves no references', { at: pointer });
    }
    return resolveReference(text, variables, workspace);
  });
  const settings = resolveSettings(connector, resolved as Record<string, unknown>, { pointer: `${pointer}/settings` });
  return { receiver: connector.receiver!(settings), signed: settings['signature'] !== undefined };
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
