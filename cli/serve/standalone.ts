/** The standalone platform: resources in the data folder, runners as child processes. */
import { Controller } from '../../controller/controller.ts';
import { LocalRunners } from '../../controller/runners/local.ts';
import { LocalChecks } from '../../controller/runners/local-checks.ts';
import { LocalStreams } from '../../controller/runners/local-streams.ts';
import { openLocalResources } from '../../controller/resources/local.ts';
import { controllerOptions } from './controller-options.ts';
import { referableEnvironment, references } from './references.ts';
import { declareRepository } from './repository.ts';
import type { Ground, Platform, Started } from './types.ts';

/** Connections that are checked at the same time: each has a process of its own. */
const MAX_CHECKS = 4;

export async function openStandalone(ground: Ground, started: Started): Promise<Platform> {
  const { options, opened, clock } = ground;
  const { secrets, sealed } = opened;
  const { log } = options;
  const resources = openLocalResources(ground.stores.database, clock, sealed);
  const env = referableEnvironment(options.env);
  const resolve = references(env, options.allowPaths, secrets);
  const children = { env, secretKeys: secrets.ring };
  const runners = new LocalRunners({
    ...children,
    maxRunners: options.maxRuns,
    warm: options.warm,
    maxRunsPerProcess: 200,
    idleMs: 60_000,
    log: log.child({ module: 'runners' }),
  });
  started.push({ close: () => runners.close(0) });
  const streams = new LocalStreams({
    ...children,
    hosts: options.streamHosts,
    log: log.child({ module: 'streams' }),
  });
  started.push({ close: () => streams.close(0) });
  const checks = new LocalChecks({ ...children, max: MAX_CHECKS, log: log.child({ module: 'checks' }) });
  started.push({ close: () => checks.close() });
  const controller = new Controller(
    { ...controllerOptions(ground, resources, resolve), checks },
    { loops: () => ({ runners, streams }) },
  );
  started.push({ close: () => controller.close() });
  const repositoryId = options.repo === null ? null : await declareRepository(options.repo, options, resources);
  return {
    resources,
    secrets,
    controller,
    repositoryId,
    resolveReference: (text, variables, workspace) =>
      resolve(text, { workspace, variables, pointer: '/spec/source/settings' }),
    start: () => controller.start(),
    abandon: () => {
      runners.kill();
      streams.kill();
    },
    close: async (graceMs, api) => {
      const takenBack: Promise<void>[] = [];
      const off = runners.onExit((exit) => {
        const taken = controller.released(exit);
        takenBack.push(
          taken.catch((error: unknown) => log.error({ run: exit.runId, err: error }, 'a run could not be taken back')),
        );
      });
      const quiet = Promise.all([api, controller.close(), checks.close()]);
      // The controller may wait for a stream that is being changed: that one ends within the grace as well.
      await Promise.all([streams.close(graceMs), quiet.then(() => runners.close(graceMs))]);
      off();
      // A run that was ended by force is pending again, so that the next server need not wait for its lease to end.
      await Promise.all(takenBack);
    },
  };
}
