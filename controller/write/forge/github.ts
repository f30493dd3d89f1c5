/** GitHub: https://docs.github.com/en/rest/pulls/pulls and https://docs.github.com/en/rest/issues/labels. */
import type { Call } from './call.ts';
import { field, items, type Forge, type PullRequest, type PullRequestWish } from './forge.ts';
import { found } from './found.ts';

export const github: Forge = {
  headers: (token) => ({
    accept: 'application/vnd.github+json',
    'x-github-api-version': '2022-11-28',
    authorization: `Bearer ${token}`,
  }),
  open,
  label: async (call, path, number, labels) => {
    await call('POST', `/repos/${path}/issues/${number}/labels`, { body: { labels }, expected: [200] });
  },
};

async function open(call: Call, path: string, wish: PullRequestWish): Promise<PullRequest> {
  const { head, base, title, body, draft } = wish;
  const answered = await call('POST', `/repos/${path}/pulls`, {
    body: { title, head, base, body, draft },
    expected: [201, 422],
  });
  if (answered.status === 201) return found(answered.body, 'html_url', 'number', false);
  // 422 has many reasons, and only one of them is that there is one already.
  const [owner = ''] = path.split('/');
  const query = new URLSearchParams({ state: 'open', head: `${owner}:${head}`, base });
  const list = await call('GET', `/repos/${path}/pulls?${query.toString()}`, { expected: [200] });
  const same = items(list.body).find((item) => field(field(item, 'head'), 'ref') === head);
  return found(same, 'html_url', 'number', true);
}
