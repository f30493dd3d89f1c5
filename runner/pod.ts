/**
 * The runner in a Pod: one run, one stream or one check of a connection, which `HEADGATE_ASSIGNMENT` names in the store
 * (`pod/settings.ts` tells all of its environment). Exit codes: 0 done; 1 the run failed or was cancelled, as is recorded; 75
 * nothing was recorded, another Pod may go on; 64 the environment is wrong.
 *
 * SIGTERM drains: a run may end while the grace lasts and is given back otherwise, a stream ends its batches under way and gives
 * its lease back. A second signal does so at once.
 */
import { hostname } from 'node:os';
import type { PodEnvironment } from './pod/settings.ts';

/** The exit code of sysexits.h for wrong usage. */
const EX_USAGE = 64;

const ending = new AbortController();
const hurry = new AbortController();
const onSignal = (): void => {
  if (ending.signal.aborted) hurry.abort(new Error('the Pod is to end at once'));
  ending.abort(new Error('the Pod is to end'));
};
process.on('SIGTERM', onSignal);
process.on('SIGINT', onSignal);

// Loaded only now, since that takes its time: the first process of a container does not even get a signal that it has no handler for.
const { messageOf } = await import('../foundation/errors.ts');
const { createLogger } = await import('../foundation/log.ts');
const { openStore } = await import('../store/open.ts');
const { connectors } = await import('./connectors/index.ts');
const { isOwnVariable, readPodEnvironment } = await import('./pod/settings.ts');
const { doTask } = await import('./pod/task.ts');

const env = readEnvironment();
const code = env === null ? EX_USAGE : await work(env);
// Not left to the event loop: a connector that did not end after an abort would keep the process for ever.
process.exit(code);

function work(environment: PodEnvironment): Promise<number> {
  const { logLevel, pod, assignment } = environment;
  const log = createLogger({ level: logLevel, base: { module: 'runner', pod, assignment } });
  return doTask({ env: environment, connectors, openStore, log, ending: ending.signal, hurry: hurry.signal });
}

/** Null, and logged, when it is wrong. */
function readEnvironment(): PodEnvironment | null {
  try {
    return readPodEnvironment(process.env, hostname());
  } catch (error) {
    createLogger({ base: { module: 'runner' } }).error(messageOf(error));
    return null;
  } finally {
    // The address of the store holds a password: what connectors start does not inherit it.
    for (const name of Object.keys(process.env)) if (isOwnVariable(name)) delete process.env[name];
  }
}
