/** What Headgate touches in the Kubernetes API, as plain JSON: nothing of an object is lost on its way through. */
import { HeadgateError, type ErrorCodeName } from '../../foundation/errors.ts';

/** A type of object: the three names that Kubernetes has for one. */
export interface ObjectType {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  /** False for types of the whole cluster. */
  readonly namespaced: boolean;
}

export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
  readonly blockOwnerDeletion?: boolean;
}

/** Who applied which fields: `fieldsV1` is a tree of `f:…` names. */
export interface ManagedFields {
  readonly manager: string;
  readonly operation: 'Apply' | 'Update';
  /** Not before Kubernetes 1.22. */
  readonly subresource?: string;
  /** RFC 3339, of its last change. */
  readonly time?: string;
  readonly fieldsV1?: Readonly<Record<string, unknown>>;
}

export interface ObjectMeta {
  readonly name: string;
  readonly namespace?: string;
  readonly generateName?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly generation?: number;
  /** RFC 3339, whole seconds. */
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly finalizers?: readonly string[];
  readonly ownerReferences?: readonly OwnerReference[];
  readonly managedFields?: readonly ManagedFields[];
}

/** Any object as the API server gives it. Its own fields (`spec`, `status`, `data`, …) stand beside `metadata`. */
export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
  readonly [field: string]: unknown;
}

/** An object to be written: the server fills in the rest. */
export interface NewObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: Partial<ObjectMeta>;
  readonly [field: string]: unknown;
}

export interface ObjectList {
  readonly items: readonly KubeObject[];
  /** Of the list: where a watch goes on. */
  readonly resourceVersion: string;
  /** Where the next page begins; undefined on the last one. */
  readonly continue?: string;
}

/** One line of a watch. */
export type WatchEvent =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly object: KubeObject }
  | { readonly type: 'BOOKMARK'; readonly object: { readonly metadata: { readonly resourceVersion: string } } }
  | { readonly type: 'ERROR'; readonly object: KubeStatus };

/** What the API server says about a request that it refused. */
export interface KubeStatus {
  readonly kind?: 'Status';
  readonly code?: number;
  readonly reason?: string;
  readonly message?: string;
  readonly details?: { readonly retryAfterSeconds?: number };
}

/** The API server refused a request, or could not be reached (`httpStatus` 0). */
export class KubernetesError extends HeadgateError {
  /** 409, 410, 422, … */
  readonly httpStatus: number;
  /** In the words of the API: `AlreadyExists`, `Conflict`, `Expired`, `NotFound`, … */
  readonly reason: string;

  constructor(
    code: ErrorCodeName,
    message: string,
    options: {
      readonly httpStatus: number;
      readonly reason: string;
      readonly retryable: boolean;
      readonly hint?: string;
      readonly retryAfter?: number;
      readonly cause?: unknown;
    },
  ) {
    super(code, message, options);
    this.httpStatus = options.httpStatus;
    this.reason = options.reason;
  }
}

/** Whether the API server answered with this reason (`NotFound`, `AlreadyExists`, `Conflict`, …). */
export function isRefused(error: unknown, reason: string): error is KubernetesError {
  return error instanceof KubernetesError && error.reason === reason;
}
