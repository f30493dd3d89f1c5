import { HeadgateError, isHeadgateError } from '../../foundation/errors.ts';
import { resourceId } from '../../foundation/ids.ts';
import { COMPONENT_LABEL, PIPELINE_LABEL, RUN_LABEL } from '../../controller/kubernetes/names.ts';
import { POD, typeOf } from '../../controller/kubernetes/object-types.ts';
import { isRefused } from '../../controller/kubernetes/types.ts';
import type { RunView } from '../../api/views/run.ts';
import type { Client } from '../client.ts';
import type { CliContext } from '../context.ts';
import { followRun, showRunLog, type LogEntry } from '../follow.ts';
import { jsonLine } from '../output/json.ts';
import { logLine } from '../output/logs.ts';
import { printable } from '../output/width.ts';
import { withApi, type ApiOptions } from './api.ts';
import { findResource, listAll } from './find.ts';
import { followLogs, showLogs, type PodLine } from './pod-logs.ts';
import { withSession, type Session } from './session.ts';
import { pipelineStatusOf, runStatusOf } from './shapes.ts';

export interface LogsOptions extends ApiOptions {
  readonly follow?: boolean;
  readonly pods?: boolean;
}

/** What a name stands for: a run of a batch pipeline, or a stream, whose Pods tell all there is. */
type Meant = { readonly runId: string } | { readonly stream: string };

/** The log of a run from the API, or what Pods write. */
export async function showLog(context: CliContext, name: string, options: LogsOptions): Promise<void> {
  const { terminal, style } = context;
  await withSession(context, options, async (session) => {
    const meant = await whatIsMeant(session, name, options.pods === true);
    if ('runId' in meant && options.pods !== true) {
      let lines = 0;
      const show = (entry: LogEntry): void => {
        lines++;
        terminal.out(options.json === true ? jsonLine(entry) : logLine(entry, style));
      };
      return withApi(context, session, options, async (client) => {
        if (options.follow === true) await followRun(client, meant.runId, { onLog: show }, session.signal);
        else await showRunLog(client, meant.runId, show, session.signal);
        if (lines === 0) terminal.err(await withoutLines(client, meant.runId));
      });
    }
    const labels = 'runId' in meant ? `${RUN_LABEL}=${meant.runId}` : streamSelector(meant.stream);
    return showPods(session, labels, options, podLinePrinter(terminal.out, options.json === true));
  });
}

/** A run that never came to write anything still has an end, and a reason for it. */
async function withoutLines(client: Client, runId: string): Promise<string> {
  const { status, error } = await client.get<RunView>(`/v1/runs/${encodeURIComponent(runId)}`);
  const why = error === null ? '' : `: ${error.message}`;
  const hint = error === null || error.hint === null ? '' : `hint: ${printable(error.hint)}\n`;
  return `${printable(`${runId} has written no line; it is ${status}${why}`)}\n${hint}`;
}

const streamSelector = (pipelineId: string): string => `${PIPELINE_LABEL}=${pipelineId},${COMPONENT_LABEL}=stream`;

async function showPods(
  session: Session,
  labels: string,
  { follow }: LogsOptions,
  show: (line: PodLine) => void,
): Promise<void> {
  if (follow === true) return followLogs(session, labels, show);
  const pods = await listAll(session, POD, { namespace: session.namespace, labels });
  if (pods.length > 0) return showLogs(session, pods, show);
  throw new HeadgateError('not_found', 'no such Pod is there any more', {
    hint: 'logs of runs are in the store, too: leave --pods out',
  });
}

/** Names the Pod in front of each line once there is a second one. */
export function podLinePrinter(out: (text: string) => void, json: boolean): (line: PodLine) => void {
  let first: string | undefined;
  let several = false;
  return (line) => {
    first ??= line.pod;
    several ||= first !== line.pod;
    out(json ? jsonLine(line) : `${several ? `${line.pod}: ` : ''}${printable(line.line)}\n`);
  };
}

/** Throws `not_found` for a name that is neither, and `conflict` for what has not run yet. */
async function whatIsMeant(session: Session, name: string, pods: boolean): Promise<Meant> {
  const { cluster, namespace, signal } = session;
  if (name.startsWith('run_')) return { runId: name };
  try {
    const pipeline = await findResource(session, 'Pipeline', name);
    const id = resourceId({ kind: 'Pipeline', namespace, name });
    const streams = await listAll(session, POD, { namespace, labels: streamSelector(id) });
    const last = pipelineStatusOf(pipeline).lastRun;
    if (streams.length > 0 || (last === undefined && pods)) return { stream: id };
    if (last !== undefined) return { runId: last.id };
  } catch (error) {
    if (!isHeadgateError(error) || error.code !== 'not_found') throw error;
    const run = await cluster.get(typeOf('Run'), { namespace, name }, signal).catch((refused: unknown) => {
      throw isRefused(refused, 'NotFound') ? error : refused;
    });
    const { runId } = runStatusOf(run);
    if (runId !== undefined) return { runId };
  }
  throw new HeadgateError('conflict', `'${name}' has not run yet`, { hint: `kubectl headgate status` });
}
