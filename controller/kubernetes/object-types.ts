import type { Kind } from '../../foundation/ids.ts';
import { API_VERSION, KINDS } from '../../crds/index.ts';
import type { ObjectType } from './types.ts';

const type = (apiVersion: string, kind: string, plural: string, namespaced = true): ObjectType => {
  const [group, version] = apiVersion.includes('/') ? (apiVersion.split('/') as [string, string]) : ['', apiVersion];
  return { group, version, kind, plural, namespaced };
};

/** The types of others that Headgate works with. `Event` is that of `events.k8s.io`; nodes and namespaces are only read. */
export const POD = type('v1', 'Pod', 'pods');
export const SECRET = type('v1', 'Secret', 'secrets');
export const NODE = type('v1', 'Node', 'nodes', false);
export const NAMESPACE = type('v1', 'Namespace', 'namespaces', false);
export const JOB = type('batch/v1', 'Job', 'jobs');
export const DEPLOYMENT = type('apps/v1', 'Deployment', 'deployments');
export const LEASE = type('coordination.k8s.io/v1', 'Lease', 'leases');
export const EVENT = type('events.k8s.io/v1', 'Event', 'events');
export const CRD = type('apiextensions.k8s.io/v1', 'CustomResourceDefinition', 'customresourcedefinitions', false);
export const TOKEN_REVIEW = type('authentication.k8s.io/v1', 'TokenReview', 'tokenreviews', false);
export const ACCESS_REVIEW = type('authorization.k8s.io/v1', 'SubjectAccessReview', 'subjectaccessreviews', false);

/** The type of one of Headgate's own kinds. */
export function typeOf(kind: Kind): ObjectType {
  return type(API_VERSION, kind, KINDS[kind].plural);
}

export function apiVersionOf({ group, version }: ObjectType): string {
  return group === '' ? version : `${group}/${version}`;
}

/** `/apis/batch/v1/namespaces/shop/jobs/orders/status`; without `namespace` all namespaces of a namespaced type. */
export function pathOf(
  { group, version, plural, namespaced }: ObjectType,
  place: { readonly namespace?: string; readonly name?: string; readonly subresource?: string } = {},
): string {
  const parts = [
    group === '' ? '/api' : `/apis/${group}`,
    version,
    ...(namespaced && place.namespace !== undefined ? ['namespaces', encodeURIComponent(place.namespace)] : []),
    plural,
    ...(place.name === undefined ? [] : [encodeURIComponent(place.name)]),
    ...(place.subresource === undefined ? [] : [place.subresource]),
  ];
  return parts.join('/');
}
