/** One command's connection to a cluster. */
import { resolve } from 'node:path';
import { HeadgateError, messageOf } from '../../foundation/errors.ts';
import type { Cluster } from '../../controller/kubernetes/cluster.ts';
import type { CliContext } from '../context.ts';
import { explained } from './errors.ts';
import type { ClusterOptions } from './options.ts';

export interface Session {
  readonly cluster: Cluster;
  /** Of `--namespace`, else of the kubeconfig's context, else `default`. */
  readonly namespace: string;
  readonly signal: AbortSignal;
}

/**
 * Fields of objects that a person changes through the plugin belong to this manager, and what the plugin makes is labelled with it.
 * Flux takes back what a `kubectl…` wrote.
 */
export const PLUGIN_MANAGER = 'headgate-cli';

/** Does `work` with the cluster that the options name. What the API refuses comes as an error for the person who asked. */
export async function withSession<T>(
  context: CliContext,
  options: ClusterOptions,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const cluster = await open(context, options);
  try {
    return await work({ cluster, namespace: options.namespace ?? cluster.namespace, signal: context.signal });
  } catch (error) {
    throw explained(error);
  } finally {
    await cluster.close();
  }
}

async function open({ cwd }: CliContext, { kubeconfig, context }: ClusterOptions): Promise<Cluster> {
  // Loaded here: the client is heavy, and `--help` needs none of it.
  const { connectCluster } = await import('../../controller/kubernetes/connect.ts');
  try {
    return connectCluster({
      ...(kubeconfig === undefined ? {} : { kubeconfig: resolve(cwd, kubeconfig) }),
      ...(context === undefined ? {} : { context }),
    });
  } catch (error) {
    const which = context === undefined ? 'the kubeconfig' : `context '${context}' of the kubeconfig`;
    throw new HeadgateError('invalid_request', `${which} cannot be used: ${messageOf(error)}`, {
      cause: error,
      hint: 'see `kubectl config get-contexts`; choose with --kubeconfig and --context',
    });
  }
}
