import type { Kind } from '../foundation/ids.ts';
import { API_VERSION } from './common.ts';
import { KINDS } from './index.ts';
import type { Problem } from './issues.ts';
import { editDistance, nearest } from './nearest.ts';

const KIND_NAMES: readonly string[] = Object.keys(KINDS);
const GROUP = API_VERSION.slice(0, API_VERSION.indexOf('/'));

/** What a document is: one of ours, somebody else's, or one that was meant to be ours and is not. */
export type Classified =
  | { readonly as: 'ours'; readonly kind: Kind }
  | { readonly as: 'foreign' }
  | { readonly as: 'mistaken'; readonly problem: Problem };

/**
 * A folder in Git holds more than our resources: kustomizations, values of charts, and kinds of other groups with the
 * same names (`tekton.dev` has a Pipeline). They are left alone. What was meant for us must not be: a document without
 * or with a misspelt `apiVersion` would vanish in silence, and its pipeline with it.
 */
export function classify(document: Readonly<Record<string, unknown>>): Classified {
  const { apiVersion, kind } = document;
  if (apiVersion === API_VERSION) return classifyKind(kind);
  if (typeof apiVersion === 'string' && looksLikeOurGroup(apiVersion)) {
    return mistaken('/apiVersion', `'${shorten(apiVersion)}' is not a version of Headgate`, `write ${API_VERSION}`);
  }
  const isMissing = apiVersion === undefined || apiVersion === null;
  const hasOurKind = typeof kind === 'string' && nearestKind(kind) !== undefined;
  if (hasOurKind && (isMissing || typeof apiVersion !== 'string')) {
    return mistaken('/apiVersion', isMissing ? 'the field is missing' : 'must be a string', `write ${API_VERSION}`);
  }
  if (hasOurKind && KIND_NAMES.includes(kind) && !(apiVersion as string).includes('/')) {
    return mistaken('/apiVersion', `'${shorten(apiVersion as string)}' has no ${kind}`, `write ${API_VERSION}`);
  }
  if (isMissing && (kind === undefined || kind === null) && 'metadata' in document && 'spec' in document) {
    return mistaken('/apiVersion', 'the field is missing, and so is kind', `write ${API_VERSION}`);
  }
  return { as: 'foreign' };
}

function classifyKind(kind: unknown): Classified {
  if (typeof kind === 'string' && KIND_NAMES.includes(kind)) return { as: 'ours', kind: kind as Kind };
  if (kind === undefined || kind === null) {
    return mistaken('/kind', 'the field is missing', `one of ${KIND_NAMES.join(', ')}`);
  }
  if (typeof kind !== 'string') return mistaken('/kind', 'must be a string', `one of ${KIND_NAMES.join(', ')}`);
  const near = nearestKind(kind);
  return mistaken(
    '/kind',
    `'${shorten(kind)}' is not a kind of Headgate${near === undefined ? '' : ` (did you mean '${near}'?)`}`,
    `one of ${KIND_NAMES.join(', ')}`,
  );
}

function nearestKind(kind: string): string | undefined {
  return nearest(kind, KIND_NAMES);
}

function looksLikeOurGroup(apiVersion: string): boolean {
  const slash = apiVersion.indexOf('/');
  const group = slash === -1 ? apiVersion : apiVersion.slice(0, slash);
  return editDistance(group.toLowerCase().slice(0, 64), GROUP, 3) < 3;
}

function mistaken(pointer: string, message: string, hint: string): Classified {
  return { as: 'mistaken', problem: { pointer, message, hint, side: 'value' } };
}

function shorten(text: string): string {
  return text.length <= 64 ? text : `${text.slice(0, 61)}...`;
}
