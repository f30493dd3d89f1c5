import { jsonDocument } from '../output/json.ts';
import { withJson } from '../options.ts';
import type { RegisterCommand } from './command.ts';

export const registerVersion: RegisterCommand = (program, { terminal, version }) => {
  withJson(program.command('version').description('Show the version')).action(
    (options: { readonly json?: boolean }) => {
      const node = process.versions.node;
      terminal.out(options.json === true ? jsonDocument({ version, node }) : `headgate ${version} (Node ${node})\n`);
    },
  );
};
