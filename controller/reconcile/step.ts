import { ERROR_CODES, type ErrorCodeName, type ErrorRecord } from '../../foundation/errors.ts';
import type { Condition } from '../../crds/index.ts';

/** How a step ends. Whatever it throws instead is tried again with back-off. */
export type Outcome =
  | { readonly kind: 'go' }
  /** Not yet: look again in `afterMs`. */
  | { readonly kind: 'wait'; readonly reason: string; readonly message: string; readonly afterMs: number }
  /** Nothing is to be done on purpose, such as while suspended: look again in `afterMs`. */
  | { readonly kind: 'rest'; readonly reason: string; readonly message: string; readonly afterMs: number }
  /** It does not work now and is tried again by whoever runs it: look again in `afterMs`. */
  | { readonly kind: 'degraded'; readonly error: ErrorRecord; readonly afterMs: number }
  /** A person must act; looking again does not help until something changes. */
  | { readonly kind: 'stall'; readonly error: ErrorRecord };

/** One step of a reconciler: reads what the context holds, has one effect through a port, never writes status. */
export type Step<C> = (context: C) => Promise<Outcome>;

export const GO: Outcome = { kind: 'go' };

export function wait(reason: string, message: string, afterMs: number): Outcome {
  return { kind: 'wait', reason, message, afterMs };
}

export function rest(reason: string, message: string, afterMs: number): Outcome {
  return { kind: 'rest', reason, message, afterMs };
}

export function degraded(error: ErrorRecord, afterMs: number): Outcome {
  return { kind: 'degraded', error, afterMs };
}

export function stall(error: ErrorRecord): Outcome {
  return { kind: 'stall', error };
}

/** Walks the steps from top to bottom until one does not say go. */
export async function walk<C>(steps: readonly Step<C>[], context: C): Promise<Outcome> {
  for (const step of steps) {
    const outcome = await step(context);
    if (outcome.kind !== 'go') return outcome;
  }
  return GO;
}

/** Kubernetes takes no longer message in a condition. */
const MAX_MESSAGE = 32_768;

/** `prune_blocked` → `PruneBlocked`: reasons in conditions are CamelCase, as Kubernetes asks. */
export function reasonOf(code: string): string {
  return code.replace(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/** The inverse of `reasonOf`, for reasons that come from a code. */
export function codeOf(reason: string): ErrorCodeName | undefined {
  const code = reason.replaceAll(/[A-Z]/g, (letter, at: number) => `${at === 0 ? '' : '_'}${letter.toLowerCase()}`);
  return Object.hasOwn(ERROR_CODES, code) ? (code as ErrorCodeName) : undefined;
}

/**
 * The conditions that an outcome means, after kstatus: Ready is always there, Reconciling and Stalled only while true.
 * A condition whose status stays keeps the time of its last change. `failure` is what a step threw.
 */
export function conditionsFor(
  outcome: Outcome | { readonly kind: 'failure'; readonly error: ErrorRecord },
  previous: readonly Condition[],
  generation: number,
  now: string,
): Condition[] {
  const make = (type: string, status: Condition['status'], reason: string, message: string): Condition => {
    const before = previous.find((condition) => condition.type === type);
    return {
      type,
      status,
      reason,
      message: message.slice(0, MAX_MESSAGE),
      lastTransitionTime: before?.status === status ? before.lastTransitionTime : now,
      observedGeneration: generation,
    };
  };
  switch (outcome.kind) {
    case 'go':
      return [make('Ready', 'True', 'Ready', 'as declared')];
    case 'rest':
      return [make('Ready', 'True', outcome.reason, outcome.message)];
    case 'wait':
      return [
        make('Ready', 'Unknown', outcome.reason, outcome.message),
        make('Reconciling', 'True', outcome.reason, outcome.message),
      ];
    case 'stall': {
      const reason = reasonOf(outcome.error.code);
      return [
        make('Ready', 'False', reason, outcome.error.message),
        make('Stalled', 'True', reason, outcome.error.message),
      ];
    }
    case 'degraded':
    case 'failure': {
      const reason = reasonOf(outcome.error.code);
      return [
        make('Ready', 'False', reason, outcome.error.message),
        make('Reconciling', 'True', 'Retrying', outcome.error.message),
      ];
    }
  }
}
