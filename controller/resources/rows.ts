import { refKey, type Kind, type ResourceRef } from '../../foundation/ids.ts';
import { API_VERSION, type PipelinePhase, type Resource, type SpecOf, type StatusOf } from '../../crds/index.ts';
import { fromJson } from '../../store/sqlite/json.ts';
import { specContext, type SealedRows } from './sealed-rows.ts';
import type { PipelineSummary, ResourceSummary, StoredResource } from '../ports.ts';

/** A row of `resources`. Maps, spec and status are JSON text, the spec sealed. */
export interface ResourceRow {
  readonly kind: Kind;
  readonly namespace: string;
  readonly name: string;
  readonly id: string;
  readonly labels: string | null;
  /** As declared. */
  readonly annotations: string | null;
  /** Set on the live resource; they win over declared ones. */
  readonly live_annotations: string | null;
  readonly spec: string;
  readonly generation: number;
  readonly version: number;
  readonly revision: string;
  readonly repository_id: string | null;
  readonly file: string | null;
  readonly line: number | null;
  readonly created_at: number;
  readonly updated_at: number;
  readonly deleted_at: number | null;
  readonly status: string;
}

export const RESOURCE_COLUMNS =
  'kind, namespace, name, id, labels, annotations, live_annotations, spec, generation, version, revision, ' +
  'repository_id, file, line, created_at, updated_at, deleted_at, status';

/** What the inventory needs of a row: no JSON. */
export type SummaryRow = Pick<ResourceRow, 'kind' | 'namespace' | 'name' | 'id' | 'repository_id' | 'deleted_at'> & {
  readonly declared_hash: string;
};

export const SUMMARY_COLUMNS = 'kind, namespace, name, id, repository_id, deleted_at, declared_hash';

export function toSummary(row: SummaryRow): ResourceSummary {
  return {
    key: refKey(row),
    id: row.id,
    hash: row.declared_hash,
    repositoryId: row.repository_id,
    deleted: row.deleted_at !== null,
  };
}

/** The row of a pipeline in the index `resources_pipeline_facts`, which holds all of it. */
export interface PipelineSummaryRow extends Pick<ResourceRow, 'namespace' | 'name' | 'id' | 'deleted_at'> {
  readonly title: string | null;
  readonly description: string | null;
  readonly enabled: number | null;
  readonly domain: string | null;
  readonly phase: PipelinePhase | null;
  readonly paused_live: string | null;
  readonly paused_declared: string | null;
}

export const PIPELINE_SUMMARY_COLUMNS =
  'namespace, name, id, deleted_at, title, description, enabled, domain, phase, paused_live, paused_declared';

export function toPipelineSummary(row: PipelineSummaryRow): PipelineSummary {
  const { namespace, name, id, phase, title, description, domain } = row;
  return {
    key: refKey({ kind: 'Pipeline', namespace, name }),
    id,
    deleted: row.deleted_at !== null,
    phase,
    paused: (row.paused_live ?? row.paused_declared) === 'true',
    enabled: row.enabled !== 0,
    words: `${name}\n${title ?? ''}\n${description ?? ''}`.toLowerCase(),
    domain,
  };
}

export function refParams(ref: ResourceRef): { kind: string; namespace: string; name: string } {
  return { kind: ref.kind, namespace: ref.namespace, name: ref.name };
}

type Annotations = Readonly<Record<string, string>>;

/**
 * The resource of a row, which is opened and parsed the first time `resource` or `status` is read: a list of thousands costs
 * little when few of them are looked at. `path` names the store file in the error when a value is damaged.
 */
export function toStoredResource<K extends Kind>(
  row: ResourceRow,
  path: string,
  sealed: SealedRows,
): StoredResource<K> {
  let resource: Resource<K> | undefined;
  let status: StatusOf<K> | undefined;
  return {
    get resource() {
      return (resource ??= toResource(row, path, sealed) as Resource<K>);
    },
    id: row.id,
    generation: row.generation,
    resourceVersion: String(row.version),
    revision: row.revision,
    origin: { repositoryId: row.repository_id, file: row.file, line: row.line },
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    deletedAt: row.deleted_at,
    get status() {
      return (status ??= fromJson(row.status, path) as StatusOf<K>);
    },
  };
}

function toResource(row: ResourceRow, path: string, sealed: SealedRows): Resource {
  const declared = fromJson(row.annotations, path) as Annotations | null;
  const live = fromJson(row.live_annotations, path) as Annotations | null;
  return {
    apiVersion: API_VERSION,
    kind: row.kind,
    metadata: {
      name: row.name,
      namespace: row.namespace,
      ...(row.labels === null ? {} : { labels: fromJson(row.labels, path) as Annotations }),
      ...(declared === null && live === null ? {} : { annotations: { ...declared, ...live } }),
    },
    spec: fromJson(sealed.open(row.spec, specContext(row)), path) as SpecOf<Kind>,
  };
}
