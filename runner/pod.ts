/**
 * The runner in a Pod: one run, one stream or one check of a connection, which `HEADGATE_ASSIGNMENT` names in the store
 * (`pod/settings.ts` tells all of its environment). Exit codes: 0 done; 1 the run failed or was cancelled, as is recorded; 75
 * nothing was recorded, another Pod may go on; 64 the environment is wrong.
 *
 * SIGTERM drains: a run may end while the grace lasts and is given back otherwise, a stream ends its batches under way and gives
 * its lease back. A second signal does so at once.
 */
import { hostname } from 'node:os';
import { messageOf } from '../foundation/errors.ts';
import { createLogger } from '../foundation/log.ts';
import { openStore } from '../store/open.ts';
import { connectors } from './connectors/index.ts';
import { isOwnVariable, readPodEnvironment, type PodEnvironment } from './pod/settings.ts';
import { doTask } from './pod/task.ts';

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
