import type { Cluster } from '../cluster.ts';
import type { ObjectType } from '../types.ts';
import type { Refusal } from './classify.ts';

/** Events as the Job controller writes them: those of the core group, which are one with those of `events.k8s.io`. */
const CORE_EVENT: ObjectType = { group: '', version: 'v1', kind: 'Event', plural: 'events', namespaced: true };

/** Refusals that no further try changes: the Pod itself is not allowed, rather than there being no room for it now. */
const FINAL =
  /denied the request|violates PodSecurity|is invalid:|(maximum|minimum) .+ usage per|limit to request ratio|no PriorityClass|unable to validate against any/;

/** What keeps the Job controller from making the Pod of a Job; undefined: it does not say. */
export async function failedCreate(
  cluster: Pick<Cluster, 'list'>,
  job: { readonly namespace: string; readonly name: string; readonly uid: string },
  signal: AbortSignal,
): Promise<Refusal | undefined> {
  const fields = `involvedObject.uid=${job.uid},reason=FailedCreate`;
  const { items } = await cluster.list(CORE_EVENT, { namespace: job.namespace, fields, limit: 50, signal });
  const latest = items.toSorted((a, b) => seenAt(a) - seenAt(b)).at(-1);
  const message = latest?.['message'];
  return typeof message === 'string' ? refusalOf(job.name, message) : undefined;
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
