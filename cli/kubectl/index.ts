import type { RegisterCommand } from '../commands/command.ts';
import { registerAnnotate } from './annotate.ts';
import { registerLogs } from './logs.ts';
import { registerRun } from './run.ts';
import { registerStatus } from './status.ts';

/** `headgate kubectl …`, which `kubectl headgate …` starts: pipelines in a cluster, through the API of Kubernetes. */
export const registerKubectl: RegisterCommand = (program, context) => {
  const kubectl = program
    .command('kubectl')
    .description('Work with pipelines in a Kubernetes cluster; `kubectl headgate …` is the same')
    .addHelpText(
      'after',
      '\nThe cluster and your rights are those of the kubeconfig, as for kubectl. Put `kubectl-headgate` of this package into the\n' +
        'PATH and `kubectl headgate` is there.\n',
    );
  for (const register of [registerStatus, registerRun, registerLogs, registerAnnotate]) register(kubectl, context);
};
