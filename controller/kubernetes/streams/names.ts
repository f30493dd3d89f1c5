/** On Deployments of streams: `hash` of the assignment. A label cannot hold it. */
export const HASH_ANNOTATION = 'headgate.dev/assignment-hash';
/** On Deployments and their Pods: the beginning of the hash of the Pod template. With another one Kubernetes brings new Pods. */
export const TEMPLATE_LABEL = 'headgate.dev/template-hash';
/** On Deployments: the hash of the object as it was last applied. */
export const RENDERED_ANNOTATION = 'headgate.dev/rendered-hash';

/** `hg-stream-pl-4e2s…`: ids hold no character beside `_` that a name may not have. */
export function deploymentName(pipelineId: string): string {
  return `hg-stream-${pipelineId.replaceAll('_', '-')}`;
}

/** Blobs in which Pods say how they are: `stream-state/<pipeline id>/<Pod>`. */
export const REPORTS = 'stream-state/';
