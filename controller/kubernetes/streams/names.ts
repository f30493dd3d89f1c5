/** On Deployments of streams: `hash` of the assignment. A label cannot hold it. */
export const HASH_ANNOTATION = 'headgate.dev/assignment-hash';
/** On their Pods: the beginning of that. With another one Kubernetes brings new Pods. */
export const HASH_LABEL = 'headgate.dev/assignment-hash';
/** On Deployments: the hash of the object as it was last applied. */
export const RENDERED_ANNOTATION = 'headgate.dev/rendered-hash';

/** How much of a hash a label gets. */
const LABEL_LENGTH = 32;

export function hashLabel(hash: string): string {
  return hash.slice(0, LABEL_LENGTH);
}

/** `hg-stream-pl-4e2s…`: ids hold no character beside `_` that a name may not have. */
export function deploymentName(pipelineId: string): string {
  return `hg-stream-${pipelineId.replaceAll('_', '-')}`;
}

/** Blobs in which Pods say how they are: `stream-state/<pipeline id>/<Pod>`. */
export const REPORTS = 'stream-state/';
