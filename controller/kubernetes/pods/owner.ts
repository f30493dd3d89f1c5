import type { Cluster } from '../cluster.ts';
import { apiVersionOf, typeOf } from '../object-types.ts';
import { isRefused, type OwnerReference } from '../types.ts';

/** Finds the Pipeline that owns what runs for it; null: it is gone. */
export type OwnerOf = (pipeline: {
  readonly workspace: string;
  readonly name: string;
}) => Promise<OwnerReference | null>;

/** Asks the API server. Where a copy of all Pipelines is at hand, that is quicker. */
export function ownerFrom(cluster: Pick<Cluster, 'get'>): OwnerOf {
  return async ({ workspace, name }) => {
    try {
      const { metadata } = await cluster.get(typeOf('Pipeline'), { namespace: workspace, name });
      return metadata.uid === undefined ? null : ownerReference({ name, uid: metadata.uid });
    } catch (error) {
      if (isRefused(error, 'NotFound')) return null;
      throw error;
    }
  };
}

/** With its Pipeline a child goes, should the controller not be there to see to it. */
export function ownerReference({ name, uid }: { readonly name: string; readonly uid: string }): OwnerReference {
  const { kind } = typeOf('Pipeline');
  return { apiVersion: apiVersionOf(typeOf('Pipeline')), kind, name, uid, controller: true, blockOwnerDeletion: false };
}
