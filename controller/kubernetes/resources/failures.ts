/** What went wrong with single resources of many. */
import { HeadgateError, toHeadgateError } from '../../../foundation/errors.ts';
import { refKey, type ResourceRef } from '../../../foundation/ids.ts';
import { isRefused, KubernetesError } from '../types.ts';

/** Resources that a message names; the others are counted. */
const NAMED = 10;

export class Failures {
  readonly #found: { readonly key: string; readonly error: HeadgateError }[] = [];

  get any(): boolean {
    return this.#found.length > 0;
  }

  /** Nothing more is to be tried: the API server is not there, or this process may not write any more. */
  get stop(): boolean {
    return this.#found.some(({ error }) => !isOfOne(error));
  }

  add(key: string, error: HeadgateError): void {
    this.#found.push({ key, error });
  }

  /** One error for all: by the code that they share, and worth another try where one of them is. */
  throw(): void {
    const whole = this.#found.find(({ error }) => !isOfOne(error));
    if (whole !== undefined) throw whole.error;
    const [first, ...others] = this.#found.toSorted((a, b) => (a.key < b.key ? -1 : 1));
    if (first === undefined) return;
    if (others.length === 0) throw first.error;
    const all = [first, ...others];
    const codes = new Set(all.map(({ error }) => error.code));
    const hints = new Set(all.map(({ error }) => error.hint));
    const named = all.slice(0, NAMED).map(({ error }) => error.message);
    const more = all.length > NAMED ? [`and ${all.length - NAMED} more`] : [];
    throw new HeadgateError(
      codes.size === 1 ? first.error.code : 'cluster_refused',
      `${all.length} resources could not be applied: ${[...named, ...more].join('; ')}`,
      {
        retryable: all.some(({ error }) => error.retryable),
        ...(hints.size === 1 && first.error.hint !== undefined ? { hint: first.error.hint } : {}),
      },
    );
  }
}

/** An error of one resource, as one that names it. */
export function explain(error: unknown, ref: ResourceRef): HeadgateError {
  if (!(error instanceof KubernetesError) || error.httpStatus === 0) return toHeadgateError(error);
  const { code, retryable, retryAfter, message } = error;
  const isNamespace = isRefused(error, 'NotFound') && message.includes('namespaces');
  const hint = isNamespace
    ? `create the namespace '${ref.namespace}' first, or declare the resource in another`
    : error.hint;
  return new HeadgateError(code, `${refKey(ref)}: ${message}`, {
    retryable,
    cause: error,
    ...(hint === undefined ? {} : { hint }),
    ...(retryAfter === undefined ? {} : { retryAfter }),
  });
}

const OF_ONE: readonly string[] = ['conflict', 'cluster_refused', 'invalid_resource', 'invalid_request'];

/** A server that is there but cannot (429, 500) may do so for one request and not for the next. */
function isOfOne(error: HeadgateError): boolean {
  return (
    OF_ONE.includes(error.code) || (error.code === 'cluster_unreachable' && error.cause instanceof KubernetesError)
  );
}
