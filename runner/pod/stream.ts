/** One stream pipeline in a Pod of its own: delivers, or stands by until the Pod that delivers is gone. */
import { messageOf } from '../../foundation/errors.ts';
import { streamBlob, STREAM_KEPT_MS, type HandedStream } from '../handed.ts';
import type { FromHost, HostedState } from '../host-protocol.ts';
import type { StreamAssignment } from '../spec.ts';
import { StreamHost } from '../stream/host.ts';
import { drainMs, environmentOf, lent, type PodContext } from './context.ts';
import { materialize } from './files.ts';
import { serveHealth } from './health.ts';
import { fingerprint, secretsIn } from './mounted-secrets.ts';
import { shareFiles } from './outputs.ts';
import { StreamReporter } from './stream-reporter.ts';

/** How often mounted secrets are looked at, in milliseconds. */
const LOOK_MS = 10_000;
/** How often the assignment is kept longer, in milliseconds: the Pod may start again with it. */
const KEEP_MS = 3_600_000;
/** It holds the lease, or waits for it. */
const READY: readonly HostedState[] = ['running', 'waiting', 'standby'];

/** Runs until the Pod is told to end, drains, and answers 0. */
export async function streamInPod(handed: HandedStream, pod: PodContext): Promise<number> {
  const { env, store, catalogue, log, ending, hurry } = pod;
  const { kind: _kind, hash, ...rest } = handed;
  const pipelineId = handed.pipeline.id;
  const reporter = new StreamReporter({ blobs: store.blobs, pipelineId, hash, pod: env.pod, log });
  let draining = false;
  const health =
    env.healthPort === 0
      ? null
      : await serveHealth(env.healthPort, () => {
          if (draining) return 'draining';
          return READY.includes(reporter.state) ? null : reporter.state;
        });
  const timers: NodeJS.Timeout[] = [];
  try {
    await shareFiles(env);
    const files = await materialize(handed.pipeline.files, env.data, store.blobs, ending);
    const assignment: StreamAssignment = {
      ...rest,
      pipeline: { ...handed.pipeline, files },
      environment: environmentOf(handed, env),
    };
    const host = new StreamHost({
      catalogue,
      openStore: async () => lent(store),
      // A container that starts again in this Pod takes its own lease up at once.
      holder: env.pod,
      log,
      send: (message: FromHost) => {
        // While it starts again with new secrets, nothing has ended.
        if (message.type === 'state' && message.state !== 'ended') reporter.set(message.state, message.error);
      },
    });
    const { sources, destinations } = handed.pipeline;
    const secrets = secretsIn([sources, destinations]);
    const seen = await fingerprint(env.secrets, secrets);
    host.start(assignment, hash);
    const changed = (): void => {
      log.info({ pipelineId }, 'a secret has changed: the stream starts again with its new value');
      host.start(assignment, hash);
    };
    if (secrets.length > 0) timers.push(watchSecrets(env.secrets, secrets, seen, changed));
    const keep = (): void => {
      const now = Date.now();
      store.blobs
        .touch([streamBlob(pipelineId, hash)], now + STREAM_KEPT_MS, now)
        .catch((error: unknown) => log.warn({ reason: messageOf(error) }, 'the assignment was not kept longer'));
    };
    timers.push(setInterval(keep, KEEP_MS));
    await aborted(ending);
    draining = true;
    for (const timer of timers) clearInterval(timer);
    await Promise.race([host.drain(drainMs(env.graceMs)), aborted(hurry)]);
    return 0;
  } finally {
    for (const timer of timers) clearInterval(timer);
    health?.close();
    await reporter.end();
  }
}

/** Calls back when the value of one of the secrets is another than before. */
function watchSecrets(folder: string, secrets: readonly string[], first: string, changed: () => void): NodeJS.Timeout {
  let seen = first;
  let looking = false;
  const look = async (): Promise<void> => {
    if (looking) return;
    looking = true;
    try {
      const now = await fingerprint(folder, secrets);
      if (now !== seen) changed();
      seen = now;
    } finally {
      looking = false;
    }
  };
  return setInterval(() => void look(), LOOK_MS);
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
