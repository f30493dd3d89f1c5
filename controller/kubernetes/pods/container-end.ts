/** What the end of a container means, in the words of Kubernetes: read here once, for runs and for streams. */

export interface ContainerEnd {
  readonly exitCode: number;
  /** 0: none that the node tells of. */
  readonly signal: number;
  readonly reason: string;
  /** What it last said. */
  readonly message: string;
}

/** `state.terminated` of a container, as the API gives it. */
export interface TerminatedState {
  readonly exitCode?: number;
  readonly signal?: number;
  readonly reason?: string;
  readonly message?: string;
  readonly finishedAt?: string | null;
}

/** So much of what a container last said, in characters. */
const MAX_LAST_WORDS = 500;
/** Its command is not there, or the node could not start it (kubernetes/pkg/kubelet/kuberuntime, and Docker before). */
const CANNOT_RUN = new Set(['ContainerCannotRun', 'StartError']);

/**
 * `clean`: it came to an end of its own, and well; `out_of_memory`: it went over its limit, or its node ran out of it;
 * `cannot_run`: it never began; `ended`: all others.
 */
export type EndKind = 'clean' | 'out_of_memory' | 'cannot_run' | 'ended';

export function containerEnd({ exitCode = 0, signal = 0, reason = '', message = '' }: TerminatedState): ContainerEnd {
  return { exitCode, signal, reason, message };
}

export function endKind({ exitCode, reason }: ContainerEnd): EndKind {
  if (exitCode === 0) return 'clean';
  if (reason === 'OOMKilled') return 'out_of_memory';
  return CANNOT_RUN.has(reason) ? 'cannot_run' : 'ended';
}

/** `was ended by signal 9`, or `ended with exit code 7`. */
export function howItEnded({ exitCode, signal }: ContainerEnd): string {
  // Docker and containerd tell a signal by the exit code.
  const by = signal > 0 ? signal : exitCode > 128 ? exitCode - 128 : 0;
  return by > 0 ? `was ended by signal ${by}` : `ended with exit code ${exitCode}`;
}

/** `: ` and the end of what it said; nothing where it said nothing. */
export function lastWords({ message }: ContainerEnd): string {
  const words = message.trim();
  return words === '' ? '' : `: ${words.slice(-MAX_LAST_WORDS)}`;
}
