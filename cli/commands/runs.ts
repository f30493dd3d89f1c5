import type { RunView } from '../../api/views/run.ts';
import type { RunStatus } from '../../crds/index.ts';
import { jsonDocument } from '../output/json.ts';
import { runTable } from '../output/runs.ts';
import { countArgument, withResource, type ResourceOptions } from '../options.ts';
import { connect } from '../target.ts';
import type { RegisterCommand } from './command.ts';

/** Written out, since the schemas they come from take a tenth of a second to load. */
const STATUSES = ['pending', 'running', 'success', 'failed', 'cancelled'] satisfies RunStatus[];

interface RunsOptions extends ResourceOptions {
  readonly status?: string;
  readonly limit: number;
}

export const registerRuns: RegisterCommand = (program, context) => {
  withResource(
    program
      .command('runs')
      .description('List runs, newest first')
      .argument('[pipeline]', 'only of this pipeline')
      .option('--status <list>', `only these, separated by commas: ${STATUSES.join(', ')}`)
      .option('--limit <number>', 'how many', countArgument, 20),
  ).action(async (pipeline: string | undefined, options: RunsOptions) => {
    const path = pipeline === undefined ? '/v1/runs' : `/v1/pipelines/${encodeURIComponent(pipeline)}/runs`;
    const query = { workspace: options.workspace, status: options.status };
    const runs = await connect(context, options).list<RunView>(path, query, options.limit);
    if (options.json === true) context.terminal.out(jsonDocument(runs));
    else if (runs.length === 0) context.terminal.err('no runs\n');
    else context.terminal.out(runTable(runs, context));
  });
};
