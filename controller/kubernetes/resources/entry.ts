import type { ErrorRecord } from '../../../foundation/errors.ts';
import { refKey, resourceId, type Kind, type ResourceRef } from '../../../foundation/ids.ts';
import {
  API_VERSION,
  PAUSED_ANNOTATION,
  type PipelineStatus,
  type Resource,
  type SpecOf,
  type StatusOf,
} from '../../../crds/index.ts';
import { validateResource } from '../../../crds/validate.ts';
import { declarationHash } from '../../plan/plan.ts';
import type { Origin, PipelineSummary, ResourceSummary, StoredResource } from '../../ports.ts';
import {
  DECLARED_ANNOTATION,
  DRAIN_FINALIZER,
  FILE_ANNOTATION,
  REPOSITORY_LABEL,
  REVISION_ANNOTATION,
  STATUS_MANAGER,
} from '../names.ts';
import type { KubeObject } from '../types.ts';
import { declaredForm } from './declared.ts';

type Texts = Readonly<Record<string, string>>;

/** What is kept of a custom resource: small, since there are thousands; the rest is JSON until somebody reads it. */
export interface Entry {
  readonly ref: ResourceRef;
  readonly summary: ResourceSummary;
  /** Of a pipeline. */
  readonly facts: PipelineSummary | null;
  readonly uid: string;
  readonly generation: number;
  readonly resourceVersion: string;
  readonly revision: string;
  readonly origin: Origin;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly deletedAt: number | null;
  /** Whether a deletion waits for us. */
  readonly held: boolean;
  /** Annotations as they are declared, and those that stand over them. */
  readonly declared: Texts;
  readonly live: Texts;
  /** Whether the object says what live annotations stand over. */
  readonly hasCovered: boolean;
  /** The resource, as JSON. */
  readonly document: string;
  /** As JSON; null: none yet. */
  readonly status: string | null;
}

export function toEntry(kind: Kind, object: KubeObject): Entry {
  const { metadata } = object;
  const { annotations: noted = {}, generation = 1 } = metadata;
  const ref = { kind, namespace: metadata.namespace!, name: metadata.name };
  const form = declaredForm(kind, object);
  const { labels, annotations, live, spec } = form;
  const declaration: Resource = {
    apiVersion: API_VERSION,
    kind,
    metadata: { ...nameOf(ref), labels, annotations },
    spec,
  };
  const all = { ...annotations, ...live };
  const resource: Resource = {
    ...declaration,
    metadata: {
      ...nameOf(ref),
      ...(Object.keys(labels).length === 0 ? {} : { labels }),
      ...(Object.keys(all).length === 0 ? {} : { annotations: all }),
    },
  };
  const status = object['status'] as StatusOf<Kind> | undefined;
  const repositoryId = metadata.labels?.[REPOSITORY_LABEL] ?? null;
  const deletedAt = timeOf(metadata.deletionTimestamp);
  const summary = {
    key: refKey(ref),
    id: resourceId(ref),
    hash: declarationHash(declaration),
    repositoryId,
    deleted: deletedAt !== null,
  };
  const createdAt = timeOf(metadata.creationTimestamp) ?? 0;
  const revision = form.edited ? undefined : noted[REVISION_ANNOTATION];
  return {
    ref,
    summary,
    facts: kind === 'Pipeline' ? factsOf(summary, resource as Resource<'Pipeline'>, status) : null,
    uid: metadata.uid ?? '',
    generation,
    resourceVersion: metadata.resourceVersion ?? '0',
    revision: revision ?? `generation-${generation}`,
    origin: { repositoryId, ...placeOf(noted[FILE_ANNOTATION]) },
    createdAt,
    updatedAt: Math.max(createdAt, deletedAt ?? 0, ...writtenAt(object)),
    deletedAt,
    held: metadata.finalizers?.includes(DRAIN_FINALIZER) === true,
    declared: annotations,
    live,
    hasCovered: noted[DECLARED_ANNOTATION] !== undefined,
    document: JSON.stringify(resource),
    status: status === undefined ? null : JSON.stringify(status),
  };
}

/** Whether two forms differ in what a reconciler looks at: all but the status. A hold that was put on is our own doing. */
export function isNews(now: Entry, before: Entry): boolean {
  return (
    now.document !== before.document ||
    now.generation !== before.generation ||
    // The label is no part of the declaration, and without it the resource has fallen out of what its repository looks after.
    now.origin.repositoryId !== before.origin.repositoryId ||
    now.deletedAt !== before.deletedAt ||
    now.uid !== before.uid ||
    (before.held && !now.held)
  );
}

/**
 * Parses when `resource` or `status` is read for the first time, and checks when `invalid` is: the definitions of Kubernetes say
 * nothing of what is inside of unions, and older servers know no rules.
 */
export function toStored<K extends Kind>(entry: Entry): StoredResource<K> {
  let resource: Resource<K> | undefined;
  let status: StatusOf<K> | undefined;
  let checked: { readonly invalid: ErrorRecord | undefined } | undefined;
  const { summary, generation, resourceVersion, revision, origin, createdAt, updatedAt, deletedAt } = entry;
  return {
    get resource() {
      return (resource ??= JSON.parse(entry.document) as Resource<K>);
    },
    id: summary.id,
    generation,
    resourceVersion,
    revision,
    origin,
    createdAt,
    updatedAt,
    deletedAt,
    get status() {
      return (status ??= JSON.parse(entry.status ?? '{}') as StatusOf<K>);
    },
    get invalid() {
      return (checked ??= { invalid: problemOf(this.resource) }).invalid;
    },
  };
}

/** Names, labels and annotations are as Kubernetes allows them. */
function problemOf({ apiVersion, kind, metadata: { name, namespace }, spec }: Resource): ErrorRecord | undefined {
  const result = validateResource({ apiVersion, kind, metadata: { name, namespace }, spec });
  return 'error' in result ? result.error : undefined;
}

function nameOf({ name, namespace }: ResourceRef): { name: string; namespace: string } {
  return { name, namespace };
}

function timeOf(text: string | undefined): number | null {
  return text === undefined ? null : Date.parse(text);
}

function writtenAt({ metadata }: KubeObject): number[] {
  return (metadata.managedFields ?? [])
    .filter(({ manager, subresource }) => manager !== STATUS_MANAGER && subresource !== 'status')
    .map(({ time }) => timeOf(time) ?? 0);
}

/** `path/of/file.yaml:12` */
function placeOf(text: string | undefined): Pick<Origin, 'file' | 'line'> {
  const [, file, line] = /^(.+):(\d+)$/.exec(text ?? '') ?? [];
  if (file === undefined || line === undefined) return { file: text ?? null, line: null };
  return { file, line: Number(line) };
}

function factsOf(
  { key, id, deleted }: ResourceSummary,
  { metadata, spec }: Resource<'Pipeline'>,
  status: StatusOf<Kind> | undefined,
): PipelineSummary {
  const { title, description, enabled }: SpecOf<'Pipeline'> = spec;
  return {
    key,
    id,
    deleted,
    phase: (status as PipelineStatus | undefined)?.phase ?? null,
    paused: metadata.annotations?.[PAUSED_ANNOTATION] === 'true',
    enabled: enabled !== false,
    words: `${metadata.name}\n${title ?? ''}\n${description ?? ''}`.toLowerCase(),
    domain: metadata.labels?.['headgate.dev/domain'] ?? null,
  };
}
