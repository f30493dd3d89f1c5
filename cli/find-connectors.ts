import { HeadgateError } from '../foundation/errors.ts';
import { nearest } from '../crds/nearest.ts';
import type { ManifestView } from '../api/views/integration.ts';
import type { Client } from './client.ts';

/** The catalogue with what workspaces declare, or those of one name. Throws `not_found` when there is none of that name. */
export async function findConnectors(
  client: Client,
  name: string | undefined,
  workspace: string | undefined,
  limit?: number,
): Promise<readonly ManifestView[]> {
  const all = await client.list<ManifestView>(
    '/v1/integrations/available',
    { workspace },
    name === undefined ? limit : undefined,
  );
  if (name === undefined) return all;
  const found = all.filter(({ service }) => service === name);
  if (found.length > 0) return found;
  const near = nearest(
    name,
    all.map(({ service }) => service),
  );
  throw new HeadgateError('not_found', `there is no connector '${name}'`, {
    hint: near === undefined ? '`headgate get connectors` shows all' : `did you mean ${near}?`,
  });
}
