/** Options of `kubectl headgate`, worded as kubectl does. */
import { Option, type Command } from 'commander';
import { withJson } from '../options.ts';

export interface ClusterOptions {
  readonly namespace?: string;
  readonly context?: string;
  readonly kubeconfig?: string;
  readonly json?: boolean;
}

/** `-n`, `--context`, `--kubeconfig`, `--json`. */
export function withCluster(command: Command): Command {
  return withJson(command.option('-n, --namespace <name>', 'namespace (workspace); that of the context when left out'))
    .addOption(new Option('--context <name>', 'context of the kubeconfig').helpGroup('Cluster:'))
    .addOption(
      new Option('--kubeconfig <file>', 'kubeconfig to use instead of KUBECONFIG or ~/.kube/config').helpGroup(
        'Cluster:',
      ),
    );
}

/** The same with `--server`, `--installation` and `--token`, for what only the API of Headgate knows. */
export function withApiOptions(command: Command): Command {
  return withCluster(command)
    .addOption(
      new Option('--server <url>', 'address of the API; left out, the way there is `kubectl port-forward`').helpGroup(
        'API:',
      ),
    )
    .addOption(
      new Option(
        '--installation <namespace>',
        'namespace that Headgate is installed in, or namespace/service (HEADGATE_INSTALLATION); left out, the one that the definitions tell of',
      ).helpGroup('API:'),
    )
    .addOption(
      new Option(
        '--token <token>',
        "token of the API; left out, the administrator's, if you may read its Secret",
      ).helpGroup('API:'),
    );
}
