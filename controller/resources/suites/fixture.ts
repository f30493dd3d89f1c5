import { afterEach, beforeEach, test } from 'vitest';
import { API_VERSION, type PipelineSpec, type Resource, type StatusOf } from '../../../crds/index.ts';
import type { Kind, ResourceRef } from '../../../foundation/ids.ts';
import type { Origin, ResourceChange, Resources } from '../../ports.ts';

/** An empty set of resources for one test; `open` may be called for further handles on the same set. */
export interface ResourcesFixture {
  open(): Promise<Resources>;
  dispose(): Promise<void>;
}

export const SPEC: PipelineSpec = {
  description: 'Orders',
  source: { connector: 'file', settings: { path: 'orders.csv' } },
  destination: { connector: 'file', settings: { path: 'orders.parquet' } },
};
export const ORIGIN: Origin = { repositoryId: 'rp_main', file: 'orders.yaml', line: 1 };

/** What differs between the runs of the suite. */
export interface SuiteOptions {
  /** What the names of namespaces begin with, where they have to be the suite's own; empty when left out. */
  readonly prefix?: string;
  /** Cases that an implementation cannot pass, by name, each with the reason. */
  readonly skip?: Readonly<Record<string, string>>;
  /** How many resources are applied in one call, and how long that may take in milliseconds. */
  readonly many?: { readonly count: number; readonly withinMs: number };
}

/** `test`, but for what is skipped. */
export function casesOf({
  skip = {},
}: SuiteOptions): (name: string, run: () => Promise<void>, limitMs?: number) => void {
  return (name, run, limitMs) => {
    const reason = skip[name];
    test.skipIf(reason !== undefined)(reason === undefined ? name : `${name}: skipped, ${reason}`, run, limitMs);
  };
}

/** Resources and references in the namespaces of one run of the suite. */
export function wordsOf({ prefix = '' }: SuiteOptions) {
  const space = (name: string): string => prefix + name;
  const ref = <K extends Kind>(kind: K, name: string) => ({ kind, namespace: space('default'), name }) as const;
  return {
    /** The namespace that the suite calls so. */
    space,
    /** What the suite calls a namespace. */
    plain: (namespace: string): string => namespace.slice(prefix.length),
    ref,
    ORDERS: ref('Pipeline', 'orders'),
    pipeline: (name: string, over: Partial<Resource<'Pipeline'>['metadata']> = {}, spec = SPEC) =>
      pipeline(name, { ...over, namespace: space(over.namespace ?? 'default') }, spec),
  };
}

export function pipeline(name: string, over: Partial<Resource<'Pipeline'>['metadata']> = {}, spec = SPEC) {
  return {
    apiVersion: API_VERSION,
    kind: 'Pipeline',
    metadata: { name, namespace: 'default', ...over },
    spec,
  } as const;
}

export function applied(resource: Resource, revision = 'r1', origin: Origin = ORIGIN): ResourceChange {
  return { action: 'apply', resource, revision, origin };
}

export const deleted = (of: ResourceRef): ResourceChange => ({ action: 'delete', ref: of });

export const READY: StatusOf<'Pipeline'> = {
  phase: 'active',
  observedGeneration: 1,
  conditions: [
    { type: 'Ready', status: 'True', reason: 'Idle', message: 'fine', lastTransitionTime: '2026-01-01T00:00:00Z' },
  ],
};

export type NewResources = () => Promise<ResourcesFixture>;

/** Gives every test of the enclosing `describe` an empty set. */
export function resourcesForEachTest(fresh: NewResources): {
  readonly resources: Resources;
  open(): Promise<Resources>;
} {
  let fixture: ResourcesFixture | undefined;
  let resources: Resources | undefined;
  beforeEach(async () => {
    fixture = await fresh();
    resources = await fixture.open();
  });
  afterEach(() => fixture?.dispose());
  const current = (): Resources => resources!;
  return {
    get resources() {
      return current();
    },
    open: () => fixture!.open(),
  };
}
