/** The words that Headgate writes into objects of Kubernetes: labels, annotations, finalizers, field managers. */

/** On declared resources: the Repository (its id) that put it there; the inventory goes by this label. */
export const REPOSITORY_LABEL = 'headgate.dev/repository';
/** On declared resources: the commit that last changed it. */
export const REVISION_ANNOTATION = 'headgate.dev/revision';
/** On declared resources: `path/of/file.yaml:12`, where it stands in its repository. */
export const FILE_ANNOTATION = 'headgate.dev/file';
/**
 * On declared resources, as JSON: annotations as they are declared, where the API has put another value on the live resource.
 */
export const DECLARED_ANNOTATION = 'headgate.dev/declared-annotations';
/** On the definitions: the namespace of the installation that they came with. The chart writes it. */
export const INSTALLATION_ANNOTATION = 'headgate.dev/installation';
/** Keeps a deleted resource until it is drained. */
export const DRAIN_FINALIZER = 'headgate.dev/drain';

/** Owns what a sync applies: spec, labels and annotations as Git declares them. */
export const SYNC_MANAGER = 'headgate-sync';
/** Owns what the controller itself notes on a resource: finalizer, annotations of the API. */
export const CONTROLLER_MANAGER = 'headgate-controller';
/** Owns the status. */
export const STATUS_MANAGER = 'headgate-status';

/** On Jobs, Deployments and their Pods. Values are ids, which fit into labels; names may not. */
export const PIPELINE_LABEL = 'headgate.dev/pipeline-id';
export const RUN_LABEL = 'headgate.dev/run-id';
export const ATTEMPT_LABEL = 'headgate.dev/attempt';
/** The environment that the controller serves: two of them in one namespace leave each other's children alone. */
export const ENVIRONMENT_LABEL = 'headgate.dev/environment';
/** `run`, `stream` or `check`. */
export const COMPONENT_LABEL = 'app.kubernetes.io/component';

export type RunnerComponent = 'run' | 'stream' | 'check';

/** What every child of Headgate carries beside its own labels. */
export function childLabels(environment: string, component: RunnerComponent): Readonly<Record<string, string>> {
  return {
    'app.kubernetes.io/name': 'headgate-runner',
    'app.kubernetes.io/managed-by': 'headgate',
    [COMPONENT_LABEL]: component,
    [ENVIRONMENT_LABEL]: environment,
  };
}

/** On Secrets that hold what the API took out of a write: they are Headgate's to change. */
export const CAPTURED_LABEL = 'headgate.dev/captured';
/** On those: revision and time of each key, as JSON. */
export const KEYS_ANNOTATION = 'headgate.dev/keys';
