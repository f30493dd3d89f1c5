import { HeadgateError } from '../../../foundation/errors.ts';
import { field, type PullRequest } from './forge.ts';

/** A pull request out of an answer. Its address is shown to people, so that only a web address will do. */
export function found(body: unknown, urlField: string, numberField: string, existed: boolean): PullRequest {
  const url = field(body, urlField);
  const number = field(body, numberField);
  const isUrl = typeof url === 'string' && url.length <= 2048 && /^https?:$/.test(URL.parse(url)?.protocol ?? '');
  if (isUrl && Number.isSafeInteger(number)) return { url, number: number as number, existed };
  const why = existed ? 'refuses the pull request, and has none for this branch' : 'did not answer as its API does';
  throw new HeadgateError('pull_request_failed', `the forge ${why}`, {
    hint: existed
      ? 'does the branch to merge into exist, and does the pushed branch differ from it?'
      : 'check `spec.pullRequests.provider` and `api`',
  });
}
