import type { Cluster } from '../cluster.ts';
import { pagesOf } from '../pages.ts';
import type { ObjectType } from '../types.ts';
import type { Refusal } from './classify.ts';

/** Events as the Job controller writes them: those of the core group, which are one with those of `events.k8s.io`. */
const CORE_EVENT: ObjectType = { group: '', version: 'v1', kind: 'Event', plural: 'events', namespaced: true };

/** Refusals that no further try changes: the Pod itself is not allowed, rather than there being no room for it now. */
const FINAL =
  /denied the request|violates PodSecurity|is invalid:|(maximum|minimum) .+ usage per|limit to request ratio|no PriorityClass|unable to validate against any/;

/** Events that are read of a namespace, at most: the others are read when these have gone. */
const MAX_EVENTS = 2000;
const PAGE = 500;

/**
 * What keeps the Job controller from making the Pods of Jobs of a namespace, by the uid of the Job. One question for all of them:
 * the API server goes through all events of the namespace for each.
 */
export async function failedCreates(
  cluster: Pick<Cluster, 'list'>,
  namespace: string,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Refusal>> {
  const latest = new Map<string, Readonly<Record<string, unknown>>>();
  const fields = 'involvedObject.kind=Job,reason=FailedCreate';
  let read = 0;
  for await (const page of pagesOf(cluster, CORE_EVENT, { namespace, fields, limit: PAGE, signal })) {
    for (const event of page.items) {
      const { uid } = (event['involvedObject'] ?? {}) as { uid?: string };
      const known = uid === undefined ? undefined : latest.get(uid);
      if (uid !== undefined && (known === undefined || seenAt(event) > seenAt(known))) latest.set(uid, event);
    }
    read += PAGE;
    if (read >= MAX_EVENTS) break;
  }
  return new Map(
    [...latest].flatMap(([uid, { message, involvedObject }]) => {
      const { name = '' } = involvedObject as { name?: string };
      return typeof message === 'string' ? [[uid, refusalOf(name, message)] as const] : [];
    }),
  );
}

/** `message` in the words of the Job controller: `Error creating: pods "x" is forbidden: exceeded quota: …`. */
export function refusalOf(job: string, message: string): Refusal {
  const words = message.replace(/^Error creating: /, '');
  return {
    error: { code: 'pod_refused', message: `the cluster refuses the Pod of Job ${job}: ${words}` },
    final: FINAL.test(words),
  };
}

function seenAt(event: Readonly<Record<string, unknown>>): number {
  const times = [event['lastTimestamp'], event['eventTime'], event['firstTimestamp']];
  return Date.parse(String(times.find((time) => typeof time === 'string') ?? 0)) || 0;
}
