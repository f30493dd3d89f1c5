/** One stream pipeline in a Pod of its own: delivers, or stands by until the Pod that delivers is gone. */
import { messageOf } from '../../foundation/errors.ts';
import type { Logger } from '../../foundation/log.ts';
import type { Blobs } from '../../store/blob-ports.ts';
import { streamBlob, STREAM_KEPT_MS, streamStates, type HandedStream } from '../handed.ts';
import type { HostedState } from '../host-protocol.ts';
import type { StreamAssignment } from '../spec.ts';
import { StreamHost } from '../stream/host.ts';
import { drainMs, environmentOf, lent, type PodContext } from './context.ts';
import { materialize } from './files.ts';
import { secretsIn } from './mounted-secrets.ts';
import { shareFiles } from './outputs.ts';
import { StreamReporter } from './stream-reporter.ts';
import { watchSecrets } from './watch-secrets.ts';

/** How often the assignment is kept longer, in milliseconds: the Pod may start again with it. */
const KEEP_MS = 3_600_000;
/** It holds the lease, or waits for it. */
const READY: readonly HostedState[] = ['running', 'waiting', 'standby'];

/** Runs until the Pod is told to end, drains, and answers 0. */
export async function streamInPod(handed: HandedStream, pod: PodContext): Promise<number> {
  const { env, store, log, readiness, ending } = pod;
  const pipelineId = handed.pipeline.id;
  const reporter = new StreamReporter({ blobs: store.blobs, pipelineId, hash: handed.hash, pod: env.pod, log });
  readiness(() => notReady(reporter.state, ending));
  try {
    await shareFiles(env);
    const files = await materialize(handed.pipeline.files, env.data, store.blobs, ending);
    const { kind: _kind, hash: _hash, ...rest } = handed;
    const pipeline = { ...handed.pipeline, files };
    await host({ ...rest, pipeline, environment: environmentOf(handed, env) }, handed.hash, reporter, pod);
    return 0;
  } finally {
    await reporter.end();
  }
}

/** Hosts the stream until it has drained. */
async function host(
  assignment: StreamAssignment,
  hash: string,
  reporter: StreamReporter,
  { env, store, catalogue, log, ending, hurry }: PodContext,
): Promise<void> {
  const { id: pipelineId, sources, destinations } = assignment.pipeline;
  const streams = new StreamHost({
    catalogue,
    openStore: async () => lent(store),
    // A container that starts again in this Pod takes its own lease up at once.
    holder: env.pod,
    log,
    send: (message) => {
      // While it starts again with new secrets, nothing has ended.
      if (message.type === 'state' && message.state !== 'ended') reporter.set(message.state, message.error);
    },
  });
  const undo = [
    // The Pod that delivered takes its report back when it ends: one that stands by need not wait.
    store.blobs.watch(streamStates(pipelineId), () => streams.knock(pipelineId)),
    await watchSecrets(env.secrets, secretsIn([sources, destinations]), () => {
      log.info({ pipelineId }, 'a secret has changed: the stream starts again with its new value');
      streams.start(assignment, hash);
    }),
    keep(store.blobs, streamBlob(pipelineId, hash), log),
  ];
  try {
    streams.start(assignment, hash);
    await aborted(ending);
  } finally {
    for (const off of undo) off();
  }
  await Promise.race([streams.drain(drainMs(env.graceMs)), aborted(hurry)]);
}

function notReady(state: HostedState, ending: AbortSignal): string | null {
  if (ending.aborted) return 'draining';
  return READY.includes(state) ? null : state;
}

/** Keeps the assignment for as long as the Pod is there. */
function keep(blobs: Pick<Blobs, 'touch'>, name: string, log: Logger): () => void {
  const touch = (): void => {
    const now = Date.now();
    blobs
      .touch([name], now + STREAM_KEPT_MS, now)
      .catch((error: unknown) => log.warn({ reason: messageOf(error) }, 'the assignment was not kept longer'));
  };
  touch();
  const timer = setInterval(touch, KEEP_MS);
  return () => clearInterval(timer);
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
