/** What a runner's Pod does from its start to its exit code. */
import { randomUUID } from 'node:crypto';
import { HeadgateError, messageOf, toHeadgateError } from '../../foundation/errors.ts';
import type { Logger } from '../../foundation/log.ts';
import type { Store } from '../../store/ports.ts';
import type { Connector } from '../ports.ts';
import type { Handed } from '../handed.ts';
import { checkInPod } from './check.ts';
import { EX_TEMPFAIL, type PodContext } from './context.ts';
import { fetchAssignment, openPatiently, PATIENCE, STREAM_PATIENCE, type Patience } from './fetch.ts';
import { PodHealth } from './health.ts';
import { mountedSecrets } from './mounted-secrets.ts';
import { giveBack, runInPod } from './run.ts';
import type { PodEnvironment } from './settings.ts';
import { streamInPod } from './stream.ts';

export interface PodTaskOptions {
  readonly env: PodEnvironment;
  readonly connectors: readonly Connector[];
  readonly openStore: (url: string) => Promise<Store>;
  readonly log: Logger;
  /** As in `PodContext`. */
  readonly ending: AbortSignal;
  readonly hurry: AbortSignal;
}

/** Does what the Pod is there for. Never rejects: what went wrong is logged, and answered as 75, since nothing is recorded. */
export async function doTask(options: PodTaskOptions): Promise<number> {
  const { env, log, ending, openStore } = options;
  // A store that is down is no reason to end a stream: it is alive, and not ready.
  const health = new PodHealth('the store or the assignment is not there yet');
  const patience = env.task.kind === 'stream' ? STREAM_PATIENCE : PATIENCE;
  try {
    if (env.task.kind === 'stream' && env.healthPort > 0) await health.serve(env.healthPort);
    const store = await openPatiently(() => openStore(env.store), patience, log, ending);
    return await withStore(store, { ...options, patience, health });
  } catch (error) {
    return failed(error, options);
  } finally {
    health.close();
  }
}

interface Begun extends PodTaskOptions {
  readonly patience: Patience;
  readonly health: PodHealth;
}

async function withStore(store: Store, options: Begun): Promise<number> {
  const { env, log, ending, patience } = options;
  const taker = `${env.pod}/${randomUUID()}`;
  try {
    const handed = await fetchAssignment(store.blobs, env, patience, log, ending);
    return await work(handed, store, taker, options);
  } catch (error) {
    await tell(error, store, taker, options).catch((reason: unknown) =>
      log.warn({ reason: messageOf(reason) }, 'not recorded'),
    );
    return failed(error, options);
  } finally {
    await store.close().catch((error: unknown) => log.warn({ reason: messageOf(error) }, 'the store was not closed'));
  }
}

function work(
  handed: Handed,
  store: Store,
  taker: string,
  { env, connectors, log, ending, hurry, health }: Begun,
): Promise<number> {
  const workspace = handed.kind === 'check' ? handed.workspace : handed.pipeline.workspace;
  const secrets = mountedSecrets(env.secrets, workspace);
  const pod: PodContext = {
    env,
    taker,
    store,
    log,
    ending,
    hurry,
    readiness: (reason) => health.becomes(reason),
    catalogue: { connectors, env: env.variables, secrets },
  };
  switch (handed.kind) {
    case 'run':
      return runInPod(handed, pod);
    case 'stream':
      return streamInPod(handed, pod);
    default:
      return checkInPod(handed, pod);
  }
}

/** A run that never began is given back when the Pod is told to end, and otherwise says why in its log. */
async function tell(
  error: unknown,
  store: Store,
  taker: string,
  { env: { task }, ending }: PodTaskOptions,
): Promise<void> {
  if (task.kind !== 'run') return;
  if (ending.aborted) return giveBack(store.runs, task, taker);
  const { code, message } = toHeadgateError(error);
  const line = { at: Date.now(), level: 'error', message: `attempt ${task.attempt}: ${code}: ${message}` } as const;
  await store.runs.appendLogs(task.runId, [line]);
}

function failed(error: unknown, { env, log, ending }: PodTaskOptions): number {
  if (ending.aborted) log.info({ assignment: env.assignment }, 'ended as it was told');
  else {
    const { code, message, hint } = toHeadgateError(error);
    const unexpected = code === 'internal' && !(error instanceof HeadgateError);
    log.error({ assignment: env.assignment, code, hint, ...(unexpected ? { err: error } : {}) }, message);
  }
  return EX_TEMPFAIL;
}
