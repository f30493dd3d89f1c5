import { HeadgateError, isHeadgateError } from '../../foundation/errors.ts';
import { COMPONENT_LABEL, PIPELINE_LABEL, RUN_LABEL } from '../../controller/kubernetes/names.ts';
import { POD, typeOf } from '../../controller/kubernetes/object-types.ts';
import { isRefused } from '../../controller/kubernetes/types.ts';
import { resourceId } from '../../foundation/ids.ts';
import type { RegisterCommand } from '../commands/command.ts';
import { jsonLine } from '../output/json.ts';
import { printable } from '../output/width.ts';
import { findResource, listAll } from './find.ts';
import { withCluster, type ClusterOptions } from './options.ts';
import { followLogs, showLogs, type PodLine } from './pod-logs.ts';
import { withSession, type Session } from './session.ts';
import { runStatusOf } from './shapes.ts';

interface LogsOptions extends ClusterOptions {
  readonly follow?: boolean;
}

export const registerLogs: RegisterCommand = (program, context) => {
  withCluster(
    program
      .command('logs')
      .description('Show what the Pods of a pipeline or of a run write')
      .argument('<pipeline|run>', 'name of a Pipeline or of a Run, or the id of a run')
      .option('-f, --follow', 'go on until Ctrl-C')
      .addHelpText(
        'after',
        '\nOf a batch pipeline it is the newest run with a Pod; of a stream, all of its Pods. The logs of runs whose Pods are\n' +
          'gone are in the store: `headgate logs <run id> --server <url>`.\n',
      ),
  ).action((name: string, options: LogsOptions) =>
    withSession(context, options, async (session) => {
      const labels = await selectPods(session, name);
      const show = logPrinter(context.terminal.out, options.json === true);
      if (options.follow === true) return followLogs(session, labels, show, () => false);
      const pods = await listAll(session, POD, { namespace: session.namespace, labels });
      if (pods.length > 0) return showLogs(session, pods, show);
      throw new HeadgateError('not_found', `no Pod of '${name}' is there`, {
        hint: 'the logs of runs that ended are in the store: `headgate logs <run id> --server <url>`',
      });
    }),
  );
};

/** Names the Pod in front of each line once there is a second one. */
export function logPrinter(out: (text: string) => void, json: boolean): (line: PodLine) => void {
  let first: string | undefined;
  let several = false;
  return (line) => {
    first ??= line.pod;
    several ||= first !== line.pod;
    out(json ? jsonLine(line) : `${several ? `${line.pod}: ` : ''}${printable(line.line)}\n`);
  };
}

/** A label selector for the Pods that `name` means. Throws `not_found`. */
async function selectPods(session: Session, name: string): Promise<string> {
  const { cluster, namespace, signal } = session;
  if (name.startsWith('run_')) return `${RUN_LABEL}=${name}`;
  try {
    await findResource(session, 'Pipeline', name);
  } catch (error) {
    if (!isHeadgateError(error) || error.code !== 'not_found') throw error;
    const run = await cluster.get(typeOf('Run'), { namespace, name }, signal).catch((refused: unknown) => {
      throw isRefused(refused, 'NotFound') ? error : refused;
    });
    const { runId } = runStatusOf(run);
    if (runId !== undefined) return `${RUN_LABEL}=${runId}`;
    throw new HeadgateError('conflict', `run '${name}' has not started yet`, { hint: `kubectl describe run ${name}` });
  }
  return selectOfPipeline(session, name);
}

async function selectOfPipeline(session: Session, name: string): Promise<string> {
  const { namespace } = session;
  const labels = `${PIPELINE_LABEL}=${resourceId({ kind: 'Pipeline', namespace, name })}`;
  const pods = await listAll(session, POD, { namespace, labels });
  if (pods.some(({ metadata }) => metadata.labels?.[COMPONENT_LABEL] === 'stream'))
    return `${labels},${COMPONENT_LABEL}=stream`;
  const newest = pods
    .filter(({ metadata }) => metadata.labels?.[RUN_LABEL] !== undefined)
    .toSorted(
      (a, b) => Date.parse(b.metadata.creationTimestamp ?? '') - Date.parse(a.metadata.creationTimestamp ?? ''),
    )[0];
  return newest === undefined ? labels : `${RUN_LABEL}=${newest.metadata.labels![RUN_LABEL]}`;
}
