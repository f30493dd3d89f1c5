import { apiVersionOf, typeOf } from '../object-types.ts';
import type { OwnerReference } from '../types.ts';

/** Finds the Pipeline that owns what runs for it; null: it is gone. */
export type OwnerOf = (pipeline: {
  readonly workspace: string;
  readonly name: string;
}) => Promise<OwnerReference | null>;

/** With its Pipeline a child goes, should the controller not be there to see to it. */
export function ownerReference({ name, uid }: { readonly name: string; readonly uid: string }): OwnerReference {
  const { kind } = typeOf('Pipeline');
  return { apiVersion: apiVersionOf(typeOf('Pipeline')), kind, name, uid, controller: true, blockOwnerDeletion: false };
}
