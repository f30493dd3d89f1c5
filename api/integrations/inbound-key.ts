/** Inbound keys: what a custom integration sends its events with. */
import { HeadgateError } from '../../foundation/errors.ts';
import { inboundKeyId } from '../../foundation/ids.ts';
import type { StoredResource } from '../../controller/ports.ts';
import type { RouteDeps } from '../deps.ts';
import { issueToken } from '../tokens.ts';
import { connectorFor, takesEvents } from './connector.ts';

/**
 * Makes the key of a connection, in the place of the one it had, which no server on this store takes any more once this
 * resolves. A key is a token with the scope `ingest` for this connection alone. Throws `conflict` for a connection whose
 * events nobody sends.
 */
export async function regenerateKey(deps: RouteDeps, stored: StoredResource<'Connection'>): Promise<string> {
  const { metadata, spec } = stored.resource;
  if (!takesEvents(await connectorFor(deps, metadata.namespace, spec.connector))) {
    throw new HeadgateError(
      'conflict',
      `'${metadata.name}' takes no events from outside: its service is '${spec.connector}'`,
      {
        hint: "integrations with the services 'events' and 'webhook' have inbound keys",
      },
    );
  }
  if (stored.deletedAt !== null) throw goes(metadata.name);
  const id = inboundKeyId(stored.id);
  // The old one first: a request in between is refused, and none is taken with a key that was said to be dead.
  await deps.revokeToken(id);
  const { secret, record } = issueToken(
    {
      name: `key of ${metadata.name}`,
      environment: deps.environment,
      scopes: ['ingest'],
      workspaces: [metadata.namespace],
      expiresAt: null,
      integrationId: stored.id,
    },
    deps.clock(),
  );
  await deps.store.tokens.put({ ...record, id });
  // One that was deleted meanwhile may have had its key revoked before this one was there.
  const now = await deps.resources.getById(stored.id);
  if (now === null || now.deletedAt !== null) {
    await deps.revokeToken(id);
    throw goes(metadata.name);
  }
  return secret;
}

const goes = (name: string): HeadgateError => new HeadgateError('conflict', `'${name}' is being deleted`);
