import { KubernetesError, type KubeStatus } from './types.ts';

/** The error for what the API server answered with `httpStatus`. */
export function refusal(httpStatus: number, status: KubeStatus, retryAfter?: number): KubernetesError {
  const message = status.message === undefined || status.message === '' ? `HTTP status ${httpStatus}` : status.message;
  // An apply with a value of a wrong type is status 500 for Kubernetes 1.20, which no further try mends.
  if (httpStatus === 500 && message.includes('failed to create typed patch object'))
    return refusal(422, { reason: 'Invalid', message });
  const reason = status.reason ?? REASONS[httpStatus] ?? 'Unknown';
  const later = httpStatus === 429 || httpStatus >= 500 || reason === 'Conflict';
  const after = retryAfter ?? status.details?.retryAfterSeconds;
  return new KubernetesError(later ? 'cluster_unreachable' : 'cluster_refused', `Kubernetes: ${message}`, {
    httpStatus,
    reason,
    retryable: later && reason !== 'Conflict',
    ...(after === undefined || after <= 0 ? {} : { retryAfter: after }),
    ...(httpStatus === 403 ? { hint: 'give the service account the verb that the message names' } : {}),
    ...(httpStatus === 401 ? { hint: 'renew the credentials of the kubeconfig or of the service account' } : {}),
  });
}

const REASONS: Readonly<Record<number, string>> = {
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  409: 'Conflict',
  410: 'Expired',
  422: 'Invalid',
  429: 'TooManyRequests',
};

/** The error for an API server that gives no answer. */
export function unreachable(message: string, cause?: unknown): KubernetesError {
  return new KubernetesError('cluster_unreachable', message, {
    httpStatus: 0,
    reason: 'Unreachable',
    retryable: true,
    ...(cause === undefined ? {} : { cause }),
  });
}
