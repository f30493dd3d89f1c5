import type { PipelineView } from '../../api/views/pipeline.ts';
import { jsonDocument } from '../output/json.ts';
import { withResource, type ResourceOptions } from '../options.ts';
import { connect } from '../target.ts';
import type { RegisterCommand } from './command.ts';

const COMMANDS = [
  { name: 'pause', does: 'Pause a pipeline: nothing starts until it is resumed', done: 'paused' },
  { name: 'resume', does: 'End the pause of a pipeline', done: 'resumed' },
] as const;

/** `pause` and `resume`. */
export const registerPause: RegisterCommand = (program, context) => {
  for (const { name, does, done } of COMMANDS) {
    withResource(program.command(name).description(does).argument('<pipeline>', 'name or id')).action(
      async (pipeline: string, options: ResourceOptions) => {
        const path = `/v1/pipelines/${encodeURIComponent(pipeline)}/${name}`;
        const client = connect(context, options);
        const view = await client.post<PipelineView>(path, {}, { workspace: options.workspace });
        context.terminal.out(options.json === true ? jsonDocument(view) : `pipeline ${view.name} ${done}\n`);
      },
    );
  }
};
