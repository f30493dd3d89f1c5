import { HeadgateError } from '../../foundation/errors.ts';
import { parseFile } from '../../crds/parse.ts';
import type { Resource } from '../../crds/index.ts';
import type { Kind } from '../../foundation/ids.ts';

/** Of what is wrong with a document, so many things are named. */
const MAX_NAMED = 50;

/**
 * The one resource of a body in YAML or JSON. `namespace` is for one that names none. Throws `invalid_yaml`,
 * `invalid_resource`, and `invalid_request` when it is none, another kind or more than one.
 */
export function oneResource<K extends Kind>(text: string, kind: K, namespace: string): Resource<K> {
  const { documents, errors, skipped } = parseFile(Buffer.from(text), 'request', { namespace });
  const [error] = errors;
  if (error !== undefined) {
    const issues = errors.flatMap(({ issues: all = [] }) => all).slice(0, MAX_NAMED);
    throw new HeadgateError(error.code, error.message, { at: error.at, hint: error.hint, issues });
  }
  const [first] = documents;
  if (first === undefined) {
    throw new HeadgateError('invalid_request', `the body holds no ${kind}`, {
      hint: `send the fields, or one ${kind} with its \`apiVersion\` and \`kind\``,
    });
  }
  if (documents.length + skipped > 1) {
    throw new HeadgateError('invalid_request', `the body holds ${documents.length + skipped} resources`, {
      hint: `send one ${kind}`,
    });
  }
  if (first.resource.kind !== kind) {
    throw new HeadgateError('invalid_request', `the body holds a ${first.resource.kind}`, { hint: `send a ${kind}` });
  }
  return first.resource as Resource<K>;
}
