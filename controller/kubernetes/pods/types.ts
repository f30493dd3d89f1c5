/** What goes into the Pod template of a runner: what the installation sets, and what one run, stream or check asks for. */
import type { RunnerShape } from '../../ports.ts';
import type { RunnerComponent } from '../names.ts';

/** A part of a Kubernetes object: plain JSON. */
export type Json = Readonly<Record<string, unknown>>;

/** What authors may put into `spec.runner.podTemplate`: what cannot harm others, or whatever the API server takes. */
export type PodTemplatePolicy = 'safe' | 'any';

/** What is the same for all Pods of an installation. */
export interface PodSettings {
  /** The image of the controller itself: runner and controller are of one version. */
  readonly image: string;
  readonly imagePullPolicy?: 'Always' | 'IfNotPresent' | 'Never';
  /** Names of Secrets in the namespace of the Pod. */
  readonly imagePullSecrets?: readonly string[];
  /** The namespace's `default` when left out. Its token is not mounted. */
  readonly serviceAccount?: string;
  /** The environment that the installation serves: a label. */
  readonly environment: string;
  /** The Secret in the namespace of the Pod that holds the address of the store. */
  readonly storeSecret: { readonly name: string; readonly key: string };
  readonly logLevel?: string;
  /** User and group of the containers, not 0. */
  readonly user: number;
  /** The source of the volume at /data: `{emptyDir: {sizeLimit: '10Gi'}}`, or one that the installation shares. */
  readonly dataVolume: Json;
  /** The source of a volume that API and Pods share, for the outputs of runs; left out, they end with their Pods. */
  readonly outputsVolume?: Json;
  /** Outputs of runs go to a bucket; `outputsVolume` is for files of pipelines alone then. */
  readonly outputsS3?: PodOutputsS3;
  /** Size of /tmp, such as `1Gi`. */
  readonly tmpSize: string;
  /** For pipelines that name none. */
  readonly resources: { readonly requests?: Json; readonly limits?: Json };
  readonly nodeSelector?: Json;
  readonly tolerations?: readonly Json[];
  readonly affinity?: Json;
  readonly priorityClassName?: string;
  /** Put on each Pod, such as those that a service mesh looks for. */
  readonly annotations?: Readonly<Record<string, string>>;
  readonly allowPodTemplate: PodTemplatePolicy;
}

/** Where runs leave their outputs in object storage. */
export interface PodOutputsS3 {
  /** As `parseLocation` reads it. */
  readonly url: string;
  /** The Secret with the credentials, in the namespace of the Pod; it has a role of its own when left out. */
  readonly secret?: string;
}

/** A Secret with those of its keys that are referred to. */
export interface ReferencedSecret {
  readonly name: string;
  readonly keys: readonly string[];
}

/** One Pod. */
export interface PodWish extends RunnerShape {
  readonly component: RunnerComponent;
  readonly labels: Readonly<Record<string, string>>;
  /** The name of the blob that tells the runner what to do. */
  readonly assignment: string;
  readonly secrets: readonly ReferencedSecret[];
  /** Between SIGTERM and SIGKILL, in seconds. */
  readonly graceSeconds: number;
  /** `Never` for Jobs, `Always` for Deployments. */
  readonly restartPolicy: 'Never' | 'Always';
}

/** `spec.template` of a Job or a Deployment. */
export interface PodTemplate {
  readonly metadata: Json & { readonly labels: Readonly<Record<string, string>> };
  readonly spec: Json;
}
