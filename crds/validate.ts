import type { ErrorRecord, Issue } from '../foundation/errors.ts';
import { checkSpec } from './check.ts';
import { classify } from './classify.ts';
import { API_VERSION } from './common.ts';
import type { Resource, SpecOf } from './index.ts';
import { toIssue, type Problem } from './issues.ts';
import { FILE_LIMITS } from './limits.ts';
import { schemaValidator } from './schema.ts';
import { problemsOf } from './schema-problems.ts';
import type { Kind } from '../foundation/ids.ts';

export interface ValidateOptions {
  /** The workspace of resources that name none. `default` when left out. */
  readonly namespace?: string;
}

export type Validated =
  | { readonly ok: true; readonly resource: Resource }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** Any JSON value as a resource, or everything that is wrong with it. Never throws. */
export function validateDocument(value: unknown, options: ValidateOptions = {}): Validated {
  if (!isMap(value)) return refused({ pointer: '', message: 'a resource is a map', side: 'value' });
  const classified = classify(value);
  if (classified.as === 'mistaken') return refused(classified.problem);
  if (classified.as === 'foreign') {
    const missing = value['apiVersion'] === undefined;
    const message = missing ? 'is missing' : 'is not of Headgate';
    return refused({ pointer: '/apiVersion', message, hint: `write ${API_VERSION}`, side: missing ? 'key' : 'value' });
  }
  const { kind } = classified;
  const declared = withoutServerFields(value);
  const validator = schemaValidator(kind);
  if (!validator(declared)) {
    return { ok: false, problems: problemsOf(validator.errors ?? []).slice(0, FILE_LIMITS.errors) };
  }
  const valid = declared as { metadata: Resource['metadata']; spec: SpecOf<Kind> };
  const problems = checkSpec(kind, valid.spec).slice(0, FILE_LIMITS.errors);
  if (problems.length > 0) return { ok: false, problems };
  const namespace = valid.metadata.namespace ?? options.namespace ?? 'default';
  return {
    ok: true,
    resource: { apiVersion: API_VERSION, kind, metadata: { ...valid.metadata, namespace }, spec: valid.spec },
  };
}

/** The same for values that came without a file, such as a request's body. */
export function validateResource(
  value: unknown,
  options: ValidateOptions = {},
): { readonly resource: Resource } | { readonly error: ErrorRecord } {
  const result = validateDocument(value, options);
  if (result.ok) return { resource: result.resource };
  return { error: toRecord(result.problems.map((problem) => toIssue(problem))) };
}

/**
 * One record for the issues of one resource. Its code is that of the issues where they share one; its message is the
 * issue's own where there is one only.
 */
export function toRecord(issues: readonly Issue[]): ErrorRecord {
  const first = issues[0];
  const code = first?.code;
  const shared = code !== undefined && issues.every((issue) => issue.code === code) ? code : 'invalid_resource';
  const rest = issues.length - 1;
  return {
    code: shared,
    message: `${first?.message ?? 'is not valid'}${rest > 0 ? ` (and ${rest} more)` : ''}`,
    ...(first?.at === undefined ? {} : { at: first.at }),
    ...(first?.hint === undefined ? {} : { hint: first.hint }),
    issues,
  };
}

/** What a server adds to a resource and `kubectl get -o yaml` prints: no part of a declaration, so it is dropped. */
const SERVER_METADATA = [
  'creationTimestamp',
  'deletionGracePeriodSeconds',
  'deletionTimestamp',
  'finalizers',
  'generation',
  'managedFields',
  'ownerReferences',
  'resourceVersion',
  'selfLink',
  'uid',
];
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

function withoutServerFields(document: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { status: _, ...declared }: Record<string, unknown> = document;
  if (isMap(declared['metadata'])) {
    const metadata: Record<string, unknown> = { ...declared['metadata'] };
    for (const field of SERVER_METADATA) delete metadata[field];
    if (isMap(metadata['annotations']) && LAST_APPLIED in metadata['annotations']) {
      const { [LAST_APPLIED]: __, ...annotations } = metadata['annotations'];
      metadata['annotations'] = annotations;
    }
    declared['metadata'] = metadata;
  }
  return declared;
}

export function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function refused(problem: Problem): Validated {
  return { ok: false, problems: [problem] };
}
