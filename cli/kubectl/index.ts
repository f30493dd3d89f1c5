/** `headgate kubectl …`, which `kubectl headgate …` starts: pipelines in a cluster, through the API of Kubernetes. */
import { Option, type Command } from 'commander';
import type { RegisterCommand } from '../commands/command.ts';
import type { CliContext } from '../context.ts';
import { durationArgument } from '../options.ts';
import { withRunOptions } from '../run-options.ts';
import type { ReconcileOptions } from './annotate.ts';
import type { LogsOptions } from './logs.ts';
import { withApiOptions, withCluster, type ClusterOptions } from './options.ts';
import type { KubectlRunOptions } from './run.ts';

export const registerKubectl: RegisterCommand = (program, context) => {
  const kubectl = program
    .command('kubectl')
    .description('Work with pipelines in a Kubernetes cluster; `kubectl headgate …` is the same')
    .addHelpText(
      'after',
      '\nThe cluster and your rights are those of the kubeconfig, as for kubectl. Put `kubectl-headgate` of this package into the\n' +
        'PATH and `kubectl headgate` is there.\n',
    );
  for (const register of [registerStatus, registerRun, registerLogs, registerPause, registerReconcile])
    register(kubectl, context);
};

function registerStatus(kubectl: Command, context: CliContext): void {
  withCluster(
    kubectl
      .command('status')
      .alias('tree')
      .description(
        'Show a pipeline with its Runs, Jobs, Deployments, Pods, conditions and events, or all in a line each',
      )
      .argument('[pipeline]', 'name'),
  ).action(async (name: string | undefined, options: ClusterOptions) =>
    (await import('./status.ts')).showStatus(context, name, options),
  );
  withCluster(
    kubectl
      .command('events')
      .description('Show what Kubernetes noted about a pipeline and all that belongs to it')
      .argument('<pipeline>', 'name'),
  ).action(async (name: string, options: ClusterOptions) =>
    (await import('./status.ts')).showEvents(context, name, options),
  );
}

function registerRun(kubectl: Command, context: CliContext): void {
  const command = kubectl
    .command('run')
    .description('Start a run of a pipeline by creating a Run')
    .argument('<pipeline>', 'name');
  withApiOptions(withRunOptions(command, 'read a sample, write nothing')).action(
    async (pipeline: string, options: KubectlRunOptions) =>
      (await import('./run.ts')).startRun(context, pipeline, options),
  );
}

function registerLogs(kubectl: Command, context: CliContext): void {
  withApiOptions(
    kubectl
      .command('logs')
      .description('Show the log of a run, of the newest run of a pipeline, or of the Pods of a stream')
      .argument('<pipeline|run>', 'name of a Pipeline or of a Run, or the id of a run')
      .option('-f, --follow', 'go on: until the run ends, or, of Pods, until Ctrl-C')
      .option('--pods', 'what the Pods write, where the API does not answer or the run did not begin'),
  ).action(async (name: string, options: LogsOptions) => (await import('./logs.ts')).showLog(context, name, options));
}

function registerPause(kubectl: Command, context: CliContext): void {
  withCluster(
    kubectl
      .command('pause')
      .description('Pause a pipeline: nothing starts until it is resumed; what runs is drained')
      .argument('<pipeline>', 'name'),
  ).action(async (name: string, options: ClusterOptions) =>
    (await import('./annotate.ts')).pause(context, name, options),
  );
  withCluster(
    kubectl
      .command('resume')
      .description('End the pause of a pipeline')
      .argument('<pipeline>', 'name')
      .addHelpText(
        'after',
        '\nA pipeline that its author paused with `enabled: false` is resumed where it is declared.\n',
      ),
  ).action(async (name: string, options: ClusterOptions) =>
    (await import('./annotate.ts')).resume(context, name, options),
  );
}

function registerReconcile(kubectl: Command, context: CliContext): void {
  withCluster(
    kubectl
      .command('reconcile')
      .alias('sync')
      .description('Have the controller look at a resource now; a repository is synced')
      .argument('<[kind/]name>', 'such as orders, pipeline/orders or repository/pipelines')
      .option('--wait', 'wait until it was looked at')
      .addOption(
        new Option('--timeout <duration>', 'how long to wait').argParser(durationArgument).default(120_000, '2m'),
      ),
  ).action(async (target: string, options: ReconcileOptions) =>
    (await import('./annotate.ts')).reconcile(context, target, options),
  );
}
