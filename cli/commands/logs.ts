import type { RunView } from '../../api/views/run.ts';
import { HeadgateError } from '../../foundation/errors.ts';
import type { Client, ListPage } from '../client.ts';
import { followRun, showRunLog, type LogEntry } from '../follow.ts';
import { jsonLine } from '../output/json.ts';
import { logLine } from '../output/logs.ts';
import { withResource, type ResourceOptions } from '../options.ts';
import { connect } from '../target.ts';
import type { RegisterCommand } from './command.ts';

interface LogsOptions extends ResourceOptions {
  readonly follow?: boolean;
}

export const registerLogs: RegisterCommand = (program, context) => {
  const { terminal, style, signal } = context;
  withResource(
    program
      .command('logs')
      .description('Show the log of a run, or of the newest run of a pipeline')
      .argument('<run|pipeline>', 'id of a run, or name or id of a pipeline')
      .option('-f, --follow', 'go on until the run ends'),
  ).action(async (name: string, options: LogsOptions) => {
    const client = connect(context, options);
    const id = await runId(client, name, options.workspace);
    const show = (entry: LogEntry): void =>
      terminal.out(options.json === true ? jsonLine(entry) : logLine(entry, style));
    if (options.follow === true) await followRun(client, id, { onLog: show }, signal);
    else await showRunLog(client, id, show, signal);
  });
};

async function runId(client: Client, name: string, workspace: string | undefined): Promise<string> {
  if (name.startsWith('run_')) return name;
  const path = `/v1/pipelines/${encodeURIComponent(name)}/runs`;
  const { data } = await client.get<ListPage<RunView>>(path, { limit: 1, workspace });
  if (data[0] !== undefined) return data[0].id;
  throw new HeadgateError('not_found', `pipeline '${name}' has not run yet`, { hint: `headgate run ${name}` });
}
