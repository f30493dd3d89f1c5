/** GitLab: https://docs.gitlab.com/api/merge_requests/. */
import type { Call } from './call.ts';
import { items, type Forge, type PullRequest, type PullRequestWish } from './forge.ts';
import { found } from './found.ts';

export const gitlab: Forge = {
  headers: (token) => ({ authorization: `Bearer ${token}` }),
  open,
};

const project = (path: string): string => `/projects/${encodeURIComponent(path)}`;

async function open(call: Call, path: string, wish: PullRequestWish): Promise<PullRequest> {
  const answered = await call('POST', `${project(path)}/merge_requests`, {
    body: {
      source_branch: wish.head,
      target_branch: wish.base,
      title: wish.draft ? `Draft: ${wish.title}` : wish.title,
      description: wish.body,
      remove_source_branch: true,
      ...(wish.labels.length === 0 ? {} : { labels: wish.labels.join(',') }),
    },
    expected: [201, 409],
  });
  if (answered.status === 201) return found(answered.body, 'web_url', 'iid', false);
  const query = new URLSearchParams({ state: 'opened', source_branch: wish.head, target_branch: wish.base });
  const list = await call('GET', `${project(path)}/merge_requests?${query.toString()}`, { expected: [200] });
  return found(items(list.body)[0], 'web_url', 'iid', true);
}
