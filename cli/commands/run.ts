import type { RunView } from '../../api/views/run.ts';
import { ERROR_CODES, HeadgateError, type ErrorCodeName } from '../../foundation/errors.ts';
import type { Client } from '../client.ts';
import { Exit, type CliContext } from '../context.ts';
import { followRun, isEnded } from '../follow.ts';
import { jsonDocument, jsonLine } from '../output/json.ts';
import { logLine } from '../output/logs.ts';
import { Progress } from '../output/progress.ts';
import { previewTable, runError, runResult } from '../output/runs.ts';
import { withResource, type ResourceOptions } from '../options.ts';
import { TIMED_OUT, withRunOptions, type RunOptions } from '../run-options.ts';
import { connect } from '../target.ts';
import type { RegisterCommand } from './command.ts';

type Options = RunOptions & ResourceOptions;

export const registerRun: RegisterCommand = (program, context) => {
  const command = program.command('run').description('Start a run of a pipeline').argument('<pipeline>', 'name or id');
  withResource(withRunOptions(command, 'read a sample, show what would come, write nothing; waits for it')).action(
    async (pipeline: string, options: Options) => {
      const client = connect(context, options);
      const run = await client.post<RunView>(
        `/v1/pipelines/${encodeURIComponent(pipeline)}/runs`,
        {
          full_refresh: options.fullRefresh ?? false,
          dry_run: options.dryRun ?? false,
          variables: options.var ?? {},
        },
        { workspace: options.workspace },
      );
      const waits = options.wait ?? options.follow ?? options.dryRun ?? options.timeout !== undefined;
      if (waits) {
        await waitFor(client, run, options, context);
      } else if (options.json === true) {
        context.terminal.out(jsonDocument(run));
      } else {
        context.terminal.out(`run ${run.id} of ${run.pipeline} ${run.status}\n`);
        context.terminal.err(`follow it with: headgate logs -f ${run.id}\n`);
      }
    },
  );
};

async function waitFor(client: Client, run: RunView, options: Options, context: CliContext): Promise<void> {
  const { terminal, signal } = context;
  const json = options.json === true;
  const stream = json && options.follow === true;
  if (!json) terminal.err(`run ${run.id} of ${run.pipeline}\n`);
  const progress = json ? null : new Progress(context);
  const deadline = options.timeout === undefined ? [] : [AbortSignal.timeout(options.timeout)];
  const until = AbortSignal.any([signal, ...deadline]);
  try {
    const ended = await followRun(
      client,
      run.id,
      {
        onRun: (now) => {
          if (stream) terminal.out(jsonLine({ type: 'run', run: now }));
          else if (!isEnded(now)) progress?.update(now);
        },
        ...(options.follow !== true
          ? {}
          : {
              onLog: (entry) => {
                if (stream) terminal.out(jsonLine({ type: 'log', ...entry }));
                else progress?.print(logLine(entry, context.style));
              },
            }),
      },
      until,
    );
    progress?.end();
    if (json && !stream) terminal.out(jsonDocument(ended));
    if (!json) terminal.out(previewTable(ended, context) + runResult(ended, context));
    if (!json) terminal.err(runError(ended, context));
    throwUnlessSuccess(ended);
  } catch (error) {
    progress?.end();
    if (!until.aborted || error !== until.reason) throw error;
    const why = signal.aborted ? 'no longer watching' : 'not waiting any longer';
    terminal.err(`${why}: run ${run.id} goes on; to cancel it: headgate cancel ${run.id}\n`);
    throw signal.aborted ? error : new Exit(TIMED_OUT);
  }
}

/** A failed run ends the command with the exit code of its error. */
function throwUnlessSuccess(run: RunView): void {
  if (run.status === 'success') return;
  if (run.status === 'cancelled') throw new Exit(ERROR_CODES.run_cancelled.exit);
  const code = run.error?.code;
  if (code !== undefined && code in ERROR_CODES) throw new Exit(ERROR_CODES[code as ErrorCodeName].exit);
  throw new HeadgateError('internal', `run ${run.id} ended as ${run.status} without an error`);
}
