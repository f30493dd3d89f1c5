import { HeadgateError } from '../../foundation/errors.ts';
import { KubernetesError } from '../../controller/kubernetes/types.ts';

/** What API servers say when they do not know a type at all; of an object that is not there they give the name. */
const NO_SUCH_TYPE = /404 page not found|could not find the requested resource/;

/** An error of the Kubernetes API in words for whoever typed the command; any other error as it is. */
export function explained(error: unknown): unknown {
  if (!(error instanceof KubernetesError)) return error;
  if (error.httpStatus === 404 && NO_SUCH_TYPE.test(error.message)) {
    return new HeadgateError('not_found', 'this cluster does not know the kinds of Headgate', {
      cause: error,
      hint: 'install it with its chart, or see with --context whether this is the cluster that you mean',
    });
  }
  if (error.httpStatus === 403) {
    return new HeadgateError('forbidden', error.message, {
      cause: error,
      hint: 'ask for a role that allows this; `kubectl auth can-i --list` shows what you may do',
    });
  }
  if (error.httpStatus === 401) {
    return new HeadgateError('unauthorized', error.message, {
      cause: error,
      hint: 'renew the credentials of the kubeconfig',
    });
  }
  return error;
}
