import { HeadgateError } from '../../foundation/errors.ts';
import type { Validate } from '../http/validate.ts';

/** The query parameters of a request; checked as those of all routes are. Throws `invalid_request`. */
export function queryOf(search: string, check: Validate): Readonly<Record<string, string | undefined>> {
  // Without a prototype, so that a parameter called `__proto__` is one like any other.
  const query = Object.create(null) as Record<string, string>;
  if (search === '') return query;
  for (const [name, value] of new URLSearchParams(search)) {
    if (Object.hasOwn(query, name)) {
      const short = name.slice(0, 100);
      throw new HeadgateError('invalid_request', `the query parameter '${short}' is given more than once`, {
        issues: [{ pointer: `/query/${short}`, message: 'is given more than once' }],
      });
    }
    query[name] = value;
  }
  check(query);
  return query;
}
