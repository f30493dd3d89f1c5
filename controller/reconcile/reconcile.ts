/** The one place that turns what the steps said into conditions, status and the next visit; it alone writes status. */
import { toErrorRecord } from '../../foundation/errors.ts';
import { stableJson, type Kind } from '../../foundation/ids.ts';
import { rfc3339, type Clock } from '../../foundation/time.ts';
import { refOf, REQUESTED_ANNOTATION, type StatusOf } from '../../crds/index.ts';
import type { Resources, StoredResource } from '../ports.ts';
import { conditionNews, type Announce, type Announcement } from './announcements.ts';
import { conditionsFor, walk, type Outcome, type Step } from './step.ts';

/** How a kind is reconciled: its steps, and the status and next visit that follow from them. */
export interface Reconciler<K extends Kind, C extends { readonly stored: StoredResource<K>; gone?: boolean }> {
  readonly steps: readonly Step<C>[];
  /** The kind's own part of the status; `ready` tells whether all steps said go. */
  readonly status: (context: C, ready: boolean) => Omit<StatusOf<K>, 'conditions'>;
  /** Milliseconds until the next visit after go or stall, or null for none by itself. */
  readonly revisit: (context: C) => number | null;
  /** Errors that no retry mends become a stall. */
  readonly isStall?: (error: unknown) => boolean;
  /** What happened beside what the conditions tell, for people. */
  readonly news?: (context: C) => Promise<readonly Announcement[]>;
  /** Runs once the outcome is known, before the status is written. `failure` is what a step threw, or null. */
  readonly after?: (context: C, failure: unknown) => Promise<void>;
}

export interface ReconcileTools {
  readonly resources: Resources;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Told after the status was written: of what changed in the conditions, and of the kind's own news. */
  readonly announce?: Announce;
}

/** Walks the steps and writes the status if it differs. Throws what a step threw, for the queue to back off. */
export async function reconcile<K extends Kind, C extends { readonly stored: StoredResource<K>; gone?: boolean }>(
  reconciler: Reconciler<K, C>,
  context: C,
  tools: ReconcileTools,
): Promise<number | null> {
  const { resources, clock, signal, announce } = tools;
  let failure: unknown = null;
  let outcome: Outcome | { kind: 'failure'; error: ReturnType<typeof toErrorRecord> };
  try {
    outcome = await walk(reconciler.steps, context);
  } catch (error) {
    // What breaks off because we are stopping says nothing about the resource.
    if (signal.aborted) return null;
    failure = error;
    const record = toErrorRecord(error);
    outcome =
      reconciler.isStall?.(error) === true ? { kind: 'stall', error: record } : { kind: 'failure', error: record };
  }
  await reconciler.after?.(context, failure);
  if (context.gone !== true) {
    const { stored } = context;
    const conditions = conditionsFor(outcome, stored.status.conditions ?? [], stored.generation, rfc3339(clock()));
    const status = {
      ...reconciler.status(context, outcome.kind === 'go' || outcome.kind === 'rest'),
      ...handled(stored),
      conditions,
    } as StatusOf<K>;
    if (stableJson(status) !== stableJson(stored.status)) {
      await resources.updateStatus<K>({ ...refOf(stored.resource), kind: stored.resource.kind }, status);
    }
    if (announce !== undefined) {
      const news = [
        ...((await reconciler.news?.(context)) ?? []),
        ...conditionNews(stored.status.conditions, conditions),
      ];
      for (const item of news) announce(refOf(stored.resource), item);
    }
  }
  if (outcome.kind === 'failure') throw failure;
  if (context.gone === true) return null;
  return 'afterMs' in outcome ? outcome.afterMs : reconciler.revisit(context);
}

/** Looking at the resource was asked for; whoever asked sees in the status that it was done. */
function handled({ resource, status }: StoredResource): { readonly lastHandledReconcileAt?: string } {
  const at = resource.metadata.annotations?.[REQUESTED_ANNOTATION] ?? status.lastHandledReconcileAt;
  return at === undefined ? {} : { lastHandledReconcileAt: at };
}
