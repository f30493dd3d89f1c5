/** Gitea and Forgejo: https://docs.gitea.com/api/ and https://codeberg.org/api/swagger. */
import type { Call } from './call.ts';
import { field, items, type Forge, type PullRequest, type PullRequestWish } from './forge.ts';
import { found } from './found.ts';

/** Open pull requests that are looked through for one that is there already. */
const PAGES = 20;
const PER_PAGE = 50;

export const gitea: Forge = {
  headers: (token) => ({ authorization: `token ${token}` }),
  open,
  label: async (call, path, number, labels) => {
    // Servers of before 1.23 take ids of labels alone.
    const known = await everyItem(call, `/repos/${path}/labels`);
    const ids = known.filter((item) => labels.includes(String(field(item, 'name')))).map((item) => field(item, 'id'));
    if (ids.length > 0) {
      await call('POST', `/repos/${path}/issues/${number}/labels`, { body: { labels: ids }, expected: [200] });
    }
  },
};

async function open(call: Call, path: string, wish: PullRequestWish): Promise<PullRequest> {
  const { head, base, body } = wish;
  const answered = await call('POST', `/repos/${path}/pulls`, {
    body: { head, base, body, title: wish.draft ? `WIP: ${wish.title}` : wish.title },
    expected: [201, 409],
  });
  if (answered.status === 201) return found(answered.body, 'html_url', 'number', false);
  const same = (await everyItem(call, `/repos/${path}/pulls`, { state: 'open' })).find((item) => {
    return field(field(item, 'head'), 'ref') === head && field(field(item, 'base'), 'ref') === base;
  });
  return found(same, 'html_url', 'number', true);
}

async function everyItem(call: Call, path: string, query: Readonly<Record<string, string>> = {}): Promise<unknown[]> {
  const all: unknown[] = [];
  for (let page = 1; page <= PAGES; page += 1) {
    const parameters = new URLSearchParams({ ...query, page: String(page), limit: String(PER_PAGE) });
    const answered = await call('GET', `${path}?${parameters.toString()}`, { expected: [200] });
    const some = items(answered.body);
    all.push(...some);
    // A server may be set to give fewer at a time: only an empty page is surely the end.
    if (some.length === 0) break;
  }
  return all;
}
