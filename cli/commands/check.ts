import { ERROR_CODES } from '../../foundation/errors.ts';
import type { CheckView } from '../../api/views/integration-actions.ts';
import { Exit } from '../context.ts';
import { withResource, type ResourceOptions } from '../options.ts';
import { jsonDocument } from '../output/json.ts';
import { connect } from '../target.ts';
import type { RegisterCommand } from './command.ts';

/** So many streams are shown. */
const MAX_SHOWN = 20;

/** `check`: exit code 0 when it can connect, 1 when it cannot. */
export const registerCheck: RegisterCommand = (program, context) => {
  withResource(
    program
      .command('check')
      .description('Whether a connection can connect, asked in a runner; exit code 1 when it cannot')
      .argument('<connection>', 'name or id'),
  ).action(async (connection: string, options: ResourceOptions) => {
    const path = `/v1/integrations/${encodeURIComponent(connection)}/check`;
    const view = await connect(context, options).post<CheckView>(path, {}, { workspace: options.workspace });
    context.terminal.out(options.json === true ? jsonDocument(view) : linesOf(connection, view));
    if (!view.ok) throw new Exit(ERROR_CODES.invalid_request.exit);
  });
};

function linesOf(connection: string, { ok, message, streams }: CheckView): string {
  const first = `connection ${connection} ${ok ? 'can connect' : 'cannot connect'}: ${message}\n`;
  if (streams === null || streams.length === 0) return first;
  const more = streams.length > MAX_SHOWN ? `, and ${streams.length - MAX_SHOWN} more` : '';
  return `${first}streams: ${streams.slice(0, MAX_SHOWN).join(', ')}${more}\n`;
}
