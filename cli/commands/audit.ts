import type { AuditView } from '../../api/views/audit.ts';
import { countArgument, withResource, type ResourceOptions } from '../options.ts';
import { auditTable } from '../output/audit.ts';
import { jsonDocument } from '../output/json.ts';
import { connect } from '../target.ts';
import type { RegisterCommand } from './command.ts';
import { timeArgument } from './events/options.ts';

interface AuditOptions extends ResourceOptions {
  readonly actor?: string;
  readonly action?: string;
  readonly resource?: string;
  readonly from?: string;
  readonly to?: string;
  readonly limit: number;
}

/** `headgate audit`: who changed what. */
export const registerAudit: RegisterCommand = (program, context) => {
  const time = timeArgument(context.clock);
  withResource(
    program
      .command('audit')
      .description('List who changed what, newest first')
      .option('--actor <token>', 'only by this token: its id or name')
      .option('--action <name>', 'only this operation, such as updatePipeline')
      .option('--resource <path>', 'only this and what is below it, such as pipelines/orders')
      .option('--from <time>', 'at or after: a time, or how long ago, such as 1h', time)
      .option('--to <time>', 'before', time)
      .option('--limit <number>', 'how many', countArgument, 20),
  ).action(async (options: AuditOptions) => {
    const { actor, action, resource, workspace, from, to } = options;
    const query = { actor, action, resource, workspace, from, to };
    const found = await connect(context, options).list<AuditView>('/v1/audit', query, options.limit);
    if (options.json === true) context.terminal.out(jsonDocument(found));
    else if (found.length === 0) context.terminal.err('nothing was changed\n');
    else context.terminal.out(auditTable(found, context));
  });
};
