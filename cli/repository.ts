import type { RepositoryView } from '../api/views/repository.ts';
import { HeadgateError } from '../foundation/errors.ts';
import type { Client } from './client.ts';

/** The repository of that name or id, or the only one there is. Throws `not_found`, or `invalid_request` to ask which. */
export async function findRepository(
  client: Client,
  name: string | undefined,
  workspace: string | undefined,
): Promise<RepositoryView> {
  if (name !== undefined) {
    return client.get<RepositoryView>(`/v1/repositories/${encodeURIComponent(name)}`, { workspace });
  }
  const all = await client.list<RepositoryView>('/v1/repositories', { workspace });
  const [first, second] = all;
  if (first === undefined) {
    throw new HeadgateError('not_found', 'there is no repository', { hint: 'start the server with `serve --repo`' });
  }
  if (second === undefined) return first;
  throw new HeadgateError('invalid_request', `there are ${all.length} repositories: name one`, {
    hint: all.map((repository) => repository.name).join(', '),
  });
}
