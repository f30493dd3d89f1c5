/** The kinds of things that `get` and `describe` show, under all names people use for them. */
import { HeadgateError } from '../foundation/errors.ts';
import { nearest } from '../crds/nearest.ts';

const NAMES = {
  pipelines: ['pipelines', 'pipeline', 'pl', 'pipe'],
  connections: ['connections', 'connection', 'conn', 'integrations', 'integration'],
  connectors: ['connectors', 'connector', 'hgconnector'],
  repositories: ['repositories', 'repository', 'repo', 'repos'],
  runs: ['runs', 'run', 'hgrun'],
} as const;

export type ShownKind = keyof typeof NAMES;

/** Throws `invalid_request` with the nearest known name. */
export function parseKind(text: string): ShownKind {
  const kinds = Object.keys(NAMES) as ShownKind[];
  const found = kinds.find((kind) => (NAMES[kind] as readonly string[]).includes(text.toLowerCase()));
  if (found !== undefined) return found;
  const near = nearest(text.toLowerCase(), Object.values(NAMES).flat());
  throw new HeadgateError('invalid_request', `there is no kind '${text}'`, {
    hint: near === undefined ? `one of ${kinds.join(', ')}` : `did you mean ${near}?`,
  });
}
