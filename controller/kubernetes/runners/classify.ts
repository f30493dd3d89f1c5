import { podEnd, notStarted, type Ending } from './pod-end.ts';
import type { ErrorRecord } from '../../../foundation/errors.ts';
import type { SeenJob, SeenPod } from './seen.ts';

/** How an attempt is doing. */
export type JobState =
  | { readonly kind: 'starting'; readonly waiting?: ErrorRecord }
  | { readonly kind: 'running'; readonly startedAt: number }
  /** Its Pod has ended; `clean`: it leaves nothing that somebody may want to look at. */
  | ({ readonly kind: 'ended'; readonly clean: boolean; readonly endedAt: number } & Ending)
  /** Nothing comes of it any more: what is left of it is to be deleted. */
  | ({ readonly kind: 'hopeless' } & Ending);

/** What keeps the Job controller from making a Pod, in its own words. */
export interface Refusal {
  readonly error: ErrorRecord;
  /** Trying again does not help. */
  readonly final: boolean;
}

export interface Sight {
  readonly job: SeenJob;
  readonly pods: readonly SeenPod[];
  /** The uid of the Pod that was seen first; undefined: none yet. */
  readonly firstPod: string | undefined;
  readonly refusal: Refusal | undefined;
  /** Epoch milliseconds. */
  readonly now: number;
}

export interface StartTimes {
  /** From the creation of the Job until its container must run, in milliseconds. */
  readonly startMs: number;
  /** From then until the runner reports by itself, in milliseconds. */
  readonly bootMs: number;
}

/** After its grace a Pod has so long to be gone before its node counts as lost, in milliseconds. */
const CONFIRM_MS = 30_000;
/** What mends itself within this is not worth telling, in milliseconds. */
const TELL_AFTER_MS = 5000;

/** The one place that says what a Job and its Pods mean. */
export function classify(sight: Sight, times: StartTimes): JobState {
  const { job, pods, firstPod, now } = sight;
  const pod = pods.find(({ uid }) => uid === firstPod) ?? (firstPod === undefined ? oldest(pods) : undefined);
  if (pod !== undefined && (pod.phase === 'Succeeded' || pod.phase === 'Failed')) {
    const endedAt = pod.terminated?.finishedAt ?? now;
    return { kind: 'ended', clean: pod.terminated?.exitCode === 0, endedAt, ...podEnd(pod) };
  }
  // A Job may be heard of before its Pod, which knows more: what it last said, above all.
  if (job.end !== null && (pod === undefined || job.end.reason === 'DeadlineExceeded')) return jobEnd(sight);
  if (pod === undefined)
    return firstPod === undefined ? withoutPod(sight, times) : { kind: 'hopeless', ...podGone(job) };
  if (pod.goneBy !== null && now > pod.goneBy + CONFIRM_MS) return { kind: 'hopeless', ...silentNode(pod) };
  if (pod.startedAt !== null) {
    return now - pod.startedAt < times.bootMs ? { kind: 'starting' } : { kind: 'running', startedAt: pod.startedAt };
  }
  return notYet(pod.name, pod.trouble ?? undefined, job, now, times);
}

function withoutPod({ job, refusal, now }: Sight, times: StartTimes): JobState {
  return notYet(`of Job ${job.name}`, refusal, job, now, times);
}

function notYet(
  pod: string,
  trouble: Refusal | undefined,
  { createdAt }: SeenJob,
  now: number,
  { startMs }: StartTimes,
): JobState {
  if (trouble?.final === true)
    return { kind: 'hopeless', reason: trouble.error.message, error: trouble.error, final: true };
  const age = now - createdAt;
  if (age > startMs) return { kind: 'hopeless', ...notStarted(pod, startMs, trouble?.error) };
  return trouble === undefined || age < TELL_AFTER_MS
    ? { kind: 'starting' }
    : { kind: 'starting', waiting: trouble.error };
}

/** Told by the Job alone, its Pod is gone; one that the Job controller made in its place was refused the run. */
function jobEnd({ job: { name, end }, pods, now }: Sight): JobState {
  const { type, reason, message } = end!;
  const clean = pods.every(({ phase }) => phase === 'Succeeded' || phase === 'Failed');
  if (type === 'Complete') return { kind: 'ended', clean: true, endedAt: now, reason: 'the runner ended its run' };
  if (reason === 'DeadlineExceeded') {
    const text = `Job ${name} was ended by Kubernetes: the runner went on long past \`limits.timeout\``;
    return {
      kind: 'ended',
      clean,
      endedAt: now,
      reason: text,
      error: { code: 'run_timeout', message: text },
      final: true,
    };
  }
  const text = `the Pod of Job ${name} is gone (${reason}${message === '' ? '' : `: ${message}`})`;
  return { kind: 'ended', clean, endedAt: now, reason: text, error: { code: 'node_lost', message: text } };
}

/** Somebody deleted it, or its node: the Job controller may make another one, which would be this attempt a second time. */
function podGone({ name }: SeenJob): Ending {
  const message = `the Pod of Job ${name} was deleted before its run was over`;
  return { reason: message, error: { code: 'node_lost', message } };
}

/** Nobody knows whether it has ended. */
export function silentNode({ name, node }: SeenPod): Ending {
  const message = `node ${node ?? ''} does not confirm that Pod ${name} has ended`;
  return { reason: message, error: { code: 'node_lost', message } };
}

function oldest(pods: readonly SeenPod[]): SeenPod | undefined {
  return pods.toSorted((a, b) => a.createdAt - b.createdAt || (a.uid < b.uid ? -1 : 1))[0];
}
