import type { RunView } from '../../api/views/run.ts';
import { jsonDocument } from '../output/json.ts';
import { withServer, type ServerOptions } from '../options.ts';
import { connect } from '../target.ts';
import type { RegisterCommand } from './command.ts';

export const registerCancel: RegisterCommand = (program, context) => {
  withServer(program.command('cancel').description('Cancel a run').argument('<run>', 'id of the run')).action(
    async (id: string, options: ServerOptions) => {
      const run = await connect(context, options).post<RunView>(`/v1/runs/${encodeURIComponent(id)}/cancel`);
      const said = run.status === 'cancelled' ? 'cancelled' : `${run.status}, will stop soon`;
      context.terminal.out(options.json === true ? jsonDocument(run) : `run ${run.id} ${said}\n`);
    },
  );
};
