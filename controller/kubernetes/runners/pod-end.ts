import { formatDuration } from '../../../foundation/time.ts';
import type { ErrorRecord } from '../../../foundation/errors.ts';
import type { RunOutcome } from '../../../store/ports.ts';
import { endKind, howItEnded, lastWords } from '../pods/container-end.ts';
import type { SeenPod, Terminated } from './seen.ts';
import { toldEnd } from './told-end.ts';

/** How a runner ended, as far as the platform knows. */
export interface Ending {
  readonly reason: string;
  readonly error?: ErrorRecord;
  readonly final?: boolean;
  /** As the runner left it, where the store could not be told. */
  readonly outcome?: RunOutcome;
}

/** Reasons of a Pod that its node or the cluster ended: `Evicted` is shortage, `Preempting` is for others of a higher priority. */
const EVICTED = new Set(['Evicted', 'Preempting', 'Shutdown', 'Terminated', 'NodeShutdown']);
/** Reasons by which a kubelet turns a Pod down that was given to it. */
const TURNED_DOWN =
  /^(OutOf\w+|NodeAffinity|NodePorts|UnexpectedAdmissionError|TopologyAffinityError|PodNotSupported|PodOSNotSupported)$/;
/** Reasons of the condition `DisruptionTarget` that mean that the node is gone, or does not answer. */
const NODE_GONE = new Set(['DeletionByPodGC', 'DeletionByTaintManager']);

/** Of a Pod that has ended: its phase is `Succeeded` or `Failed`. */
export function podEnd(pod: SeenPod): Ending {
  const { terminated } = pod;
  // A runner that came to an end of its own has recorded it, whatever happened to its Pod after that.
  if (terminated?.exitCode === 0) return { reason: 'the runner ended its run' };
  const outcome = toldEnd(terminated?.message ?? '');
  if (outcome !== null) return { reason: 'the runner ended its run, and could not tell the store', outcome };
  if (terminated?.reason === 'OOMKilled') return outOfMemory(pod);
  return takenOff(pod) ?? ended(pod, terminated);
}

function outOfMemory({ memoryLimit, node }: SeenPod): Ending {
  const limited = memoryLimit !== null;
  const message = limited
    ? `the runner needed more than its memory limit of ${memoryLimit}`
    : `the runner was ended since its node${node === null ? '' : ` ${node}`} ran out of memory`;
  const hint = limited
    ? 'raise `runner.resources.limits.memory`'
    : 'reserve memory: `runner.resources.requests.memory`';
  // With the same limit it ends the same way; on another node there may be room.
  return { reason: message, error: { code: 'out_of_memory', message, hint }, ...(limited ? { final: true } : {}) };
}

/** The cluster ended the Pod, not the runner itself. */
function takenOff({ reason, message, disruption, node, name }: SeenPod): Ending | null {
  const on = node === null ? '' : ` on node ${node}`;
  const words = [message, disruption?.message ?? ''].find((text) => text !== '') ?? '';
  const told = (code: 'evicted' | 'node_lost' | 'unschedulable', text: string): Ending => {
    const full = words === '' ? text : `${text}: ${words}`;
    return { reason: full, error: { code, message: full } };
  };
  if (reason === 'NodeLost' || NODE_GONE.has(disruption?.reason ?? ''))
    return told('node_lost', `the node of Pod ${name} is lost`);
  if (EVICTED.has(reason)) return told('evicted', `Pod ${name}${on} was ended (${reason})`);
  if (TURNED_DOWN.test(reason)) return told('unschedulable', `node ${node ?? ''} turned Pod ${name} down (${reason})`);
  if (disruption !== null) return told('evicted', `Pod ${name}${on} was taken off its node (${disruption.reason})`);
  return null;
}

function ended(pod: SeenPod, terminated: Terminated | null): Ending {
  if (terminated === null) {
    const message = `Pod ${pod.name} failed${pod.reason === '' ? '' : ` (${pod.reason})`}${pod.message === '' ? '' : `: ${pod.message}`}`;
    return { reason: message, error: { code: 'runner_lost', message } };
  }
  if (endKind(terminated) === 'cannot_run') {
    const text = `the container of Pod ${pod.name} cannot be run${lastWords(terminated)}`;
    return { reason: text, error: { code: 'pod_refused', message: text } };
  }
  return { reason: `the runner ${howItEnded(terminated)}${lastWords(terminated)}` };
}

/** One that did not start in time; `why` is what kept it, where that is known. */
export function notStarted(name: string, startMs: number, why: ErrorRecord | undefined): Ending {
  const within = `not started within ${formatDuration(startMs)}`;
  const error: ErrorRecord =
    why === undefined
      ? {
          code: 'pod_refused',
          message: `Pod ${name} was ${within}, and Kubernetes does not say why`,
          hint: 'see `kubectl get events`: a volume that cannot be mounted, or an image that is still being pulled',
        }
      : { ...why, message: `${why.message} (${within})` };
  return { reason: error.message, error };
}
