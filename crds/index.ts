/** The resource kinds: schema, static type, and everything that is generated from them. */
import type { Kind, ResourceRef } from '../foundation/ids.ts';
import type { API_VERSION, KindDefinition } from './common.ts';
import { connectionKind, type ConnectionSpec, type ConnectionStatus } from './connection.ts';
import { connectorKind, type ConnectorSpec, type ConnectorStatus } from './connector.ts';
import { pipelineKind, type PipelineSpec, type PipelineStatus } from './pipeline.ts';
import { repositoryKind, type RepositorySpec, type RepositoryStatus } from './repository.ts';
import { runKind, type RunResourceStatus, type RunSpec } from './run.ts';

export { API_VERSION } from './common.ts';
export type { Condition, KindDefinition } from './common.ts';
export type { ConnectionSpec, ConnectionStatus } from './connection.ts';
export type * from './connector.ts';
export * from './pipeline.ts';
export type { RepositorySpec, RepositoryStatus } from './repository.ts';
export type { RunResourceStatus, RunSpec } from './run.ts';
export type { Transform, TransformName } from './transforms.ts';

export const KINDS: Record<Kind, KindDefinition> = {
  Pipeline: pipelineKind,
  Connection: connectionKind,
  Connector: connectorKind,
  Repository: repositoryKind,
  Run: runKind,
};

/** On a live Pipeline, with the value `true`: paused by whoever operates it, whatever Git says, until it is removed. */
export const PAUSED_ANNOTATION = 'headgate.dev/paused';
/** On any resource, with any value: it is looked at at once when the value is another one (a Repository is synced). */
export const REQUESTED_ANNOTATION = 'headgate.dev/requestedAt';
/** On a Pipeline, with any value: each value starts one run. */
export const RUN_ANNOTATION = 'headgate.dev/run';
/** What people put on live resources: no part of a declaration, and no sync takes it away. */
export const LIVE_ANNOTATIONS: readonly string[] = [PAUSED_ANNOTATION, REQUESTED_ANNOTATION, RUN_ANNOTATION];
/** On a Pipeline, with the value `true`: its runs and logs stay when it is deleted. */
export const KEEP_HISTORY_ANNOTATION = 'headgate.dev/keep-history';

interface Specs {
  Pipeline: PipelineSpec;
  Connection: ConnectionSpec;
  Connector: ConnectorSpec;
  Repository: RepositorySpec;
  Run: RunSpec;
}
interface Statuses {
  Pipeline: PipelineStatus;
  Connection: ConnectionStatus;
  Connector: ConnectorStatus;
  Repository: RepositoryStatus;
  Run: RunResourceStatus;
}
export type SpecOf<K extends Kind> = Specs[K];
export type StatusOf<K extends Kind> = Statuses[K];

/** A declared resource, valid by its schema, with its namespace filled in. */
export interface Resource<K extends Kind = Kind> {
  readonly apiVersion: typeof API_VERSION;
  readonly kind: K;
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec: SpecOf<K>;
}

export function refOf(resource: Pick<Resource, 'kind' | 'metadata'>): ResourceRef {
  return { kind: resource.kind, namespace: resource.metadata.namespace, name: resource.metadata.name };
}

/** Annotations without those that only stand on live resources. */
export function writtenAnnotations(
  annotations: Readonly<Record<string, string>> | undefined,
): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(annotations ?? {}).filter(([name]) => !LIVE_ANNOTATIONS.includes(name)));
}

export function isKind<K extends Kind>(kind: K, resource: Resource): resource is Resource<K> {
  return resource.kind === kind;
}
