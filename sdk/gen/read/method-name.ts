import { singular, snake, wordsOf } from '../names.ts';

export interface Placed {
  readonly resource: string;
  readonly method: string;
}

/** The verb of a request to a collection or to one of its members. */
const VERBS: Readonly<Record<string, readonly [collection: string, member: string]>> = {
  GET: ['list', 'get'],
  POST: ['create', 'create'],
  PUT: ['replace', 'update'],
  PATCH: ['patch', 'patch'],
  DELETE: ['clear', 'delete'],
};

/**
 * Where an operation stands in an SDK: the resource is the first part of its path, and the method is
 *
 * - `list`, `get`, `create`, `update`, `patch` or `delete` for a collection and its members;
 * - the last part of the path for what stands one step below them: `/pipelines/{id}/pause` is `pause`;
 * - the operation's id without the name of the resource for everything else, and where `isTaken` says so.
 */
export function placeOf(
  operation: { readonly id: string; readonly method: string; readonly path: string },
  isTaken: (place: Placed) => boolean,
): Placed {
  const [first = '', ...rest] = operation.path.split('/').slice(2);
  const resource = snake(first);
  const fixed = rest.filter((part) => !part.startsWith('{'));
  const isAction = fixed.length === 1 && rest.at(-1) === fixed[0] && ['GET', 'POST'].includes(operation.method);
  const verbs = VERBS[operation.method];
  const short =
    fixed.length === 0 && verbs !== undefined ? verbs[rest.length === 0 ? 0 : 1] : isAction ? snake(fixed[0]!) : null;
  if (short !== null && !isTaken({ resource, method: short })) return { resource, method: short };
  const long = { resource, method: withoutResource(operation.id, resource) };
  return isTaken(long) ? { resource, method: snake(operation.id) } : long;
}

/** `replayDeadLetters` stays; `createPipelineRun` of pipelines is `create_run`. */
function withoutResource(id: string, resource: string): string {
  const nouns = new Set(wordsOf(resource).flatMap((word) => [word, singular(word)]));
  const [verb, ...words] = wordsOf(id);
  return [verb, ...words.filter((word) => !nouns.has(word))].join('_');
}
