import { HeadgateError } from '../../foundation/errors.ts';
import { sleep } from '../../foundation/time.ts';
import { API_VERSION } from '../../crds/index.ts';
import { typeOf } from '../../controller/kubernetes/object-types.ts';
import type { KubeObject } from '../../controller/kubernetes/types.ts';
import { Exit, type CliContext } from '../context.ts';
import { followRun, type LogEntry } from '../follow.ts';
import { count } from '../output/figures.ts';
import { jsonDocument, jsonLine } from '../output/json.ts';
import { logLine } from '../output/logs.ts';
import { statusText } from '../output/style.ts';
import { printable } from '../output/width.ts';
import { TIMED_OUT, type RunOptions } from '../run-options.ts';
import { withApi, type ApiOptions } from './api.ts';
import { findResource } from './find.ts';
import { PLUGIN_MANAGER, withSession, type Session } from './session.ts';
import { conditionOf, runStatusOf } from './shapes.ts';

export type KubectlRunOptions = RunOptions & ApiOptions;

const POLL_MS = 500;
/** What the API server adds to `generateName` takes five letters of the 63 that fit into labels. */
const MAX_PREFIX = 57;
/** Nobody applies it again, and nobody tidies up after it. */
const TTL = '7d';
const RUN = typeOf('Run');

/** Creates a Run, and waits for its end where that is asked for. */
export async function startRun(context: CliContext, pipeline: string, options: KubectlRunOptions): Promise<void> {
  await withSession(context, options, async (session) => {
    await findResource(session, 'Pipeline', pipeline);
    const run = await createRun(session, pipeline, options);
    const waits = options.wait ?? options.follow ?? options.timeout !== undefined;
    if (waits) return waitFor(session, run, options, context);
    if (options.json === true) return context.terminal.out(jsonDocument(run));
    context.terminal.out(`run/${run.metadata.name} created\n`);
  });
}

function createRun(
  { cluster, namespace, signal }: Session,
  pipeline: string,
  options: KubectlRunOptions,
): Promise<KubeObject> {
  const spec = {
    pipeline,
    ttl: TTL,
    ...(options.fullRefresh === true ? { fullRefresh: true } : {}),
    ...(options.dryRun === true ? { dryRun: true } : {}),
    ...(options.var === undefined ? {} : { variables: options.var }),
  };
  const metadata = {
    // A name may not end in a dot before the hyphen.
    generateName: `${pipeline.slice(0, MAX_PREFIX).replace(/[.-]+$/, '')}-`,
    namespace,
    labels: { 'app.kubernetes.io/created-by': PLUGIN_MANAGER },
  };
  return cluster.create(RUN, { apiVersion: API_VERSION, kind: 'Run', metadata, spec }, signal);
}

async function waitFor(
  session: Session,
  run: KubeObject,
  options: KubectlRunOptions,
  context: CliContext,
): Promise<void> {
  const { terminal, signal } = context;
  const { name } = run.metadata;
  const json = options.json === true;
  const deadline = options.timeout === undefined ? [] : [AbortSignal.timeout(options.timeout)];
  const until = AbortSignal.any([signal, ...deadline]);
  const waiting = { ...session, signal: until };
  if (!json) terminal.err(`run/${name} created\n`);
  try {
    if (options.follow === true) await follow(waiting, name, options, context);
    report(await untilRun(waiting, name, isOver), options, context);
  } catch (error) {
    if (!until.aborted) throw error;
    terminal.err(`not waiting any longer: run/${name} goes on\n`);
    throw signal.aborted ? signal.reason : new Exit(TIMED_OUT);
  }
}

/** Shows the log of the run until its end, as soon as it has begun. */
async function follow(session: Session, name: string, options: KubectlRunOptions, context: CliContext): Promise<void> {
  const { terminal, style } = context;
  const begun = await untilRun(session, name, (now) => runStatusOf(now).runId !== undefined || isOver(now));
  const { runId } = runStatusOf(begun);
  if (runId === undefined) return;
  const onLog = (entry: LogEntry): void =>
    terminal.out(options.json === true ? jsonLine(entry) : logLine(entry, style));
  await withApi(context, session, options, (client) => followRun(client, runId, { onLog }, session.signal));
}

/** Ended, or refused: nothing more will come of it. */
function isOver(run: KubeObject): boolean {
  const { phase } = runStatusOf(run);
  const ended = phase === 'success' || phase === 'failed' || phase === 'cancelled';
  return ended || conditionOf(run, 'Stalled')?.status === 'True';
}

async function untilRun(
  { cluster, namespace, signal }: Session,
  name: string,
  holds: (run: KubeObject) => boolean,
): Promise<KubeObject> {
  for (;;) {
    const run = await cluster.get(RUN, { namespace, name }, signal);
    if (holds(run)) return run;
    await sleep(POLL_MS, signal);
  }
}

function report(run: KubeObject, { json, follow }: KubectlRunOptions, { terminal, style }: CliContext): void {
  const { phase, rowsLoaded, message, runId } = runStatusOf(run);
  const stalled = conditionOf(run, 'Stalled');
  if (json === true && follow !== true) terminal.out(jsonDocument(run));
  if (phase === undefined && stalled !== undefined)
    throw new HeadgateError('conflict', `run/${run.metadata.name}: ${stalled.message}`);
  if (json !== true) {
    const rows = rowsLoaded === undefined ? '' : `, ${count(rowsLoaded)} rows loaded`;
    terminal.out(`run/${run.metadata.name} (${runId ?? ''}) ${statusText(style, phase ?? '')}${rows}\n`);
    if (message !== undefined) terminal.err(`${printable(message)}\n`);
  }
  if (phase !== 'success') throw new Exit(1);
}
