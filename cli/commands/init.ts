import { relative, resolve } from 'node:path';
import { jsonDocument } from '../output/json.ts';
import { shortRevision } from '../output/figures.ts';
import { withJson } from '../options.ts';
import type { RegisterCommand } from './command.ts';

export const registerInit: RegisterCommand = (program, context) => {
  const { terminal, cwd, signal } = context;
  withJson(
    program
      .command('init')
      .description('Make a new Git repository with pipelines that run as they are')
      .argument('[folder]', 'a new or empty folder', 'pipelines'),
  ).action(async (folder: string, options: { readonly json?: boolean }) => {
    const { createRepository } = await import('../init/create.ts');
    const created = await createRepository(resolve(cwd, folder), signal);
    if (options.json === true) return terminal.out(jsonDocument(created));
    const path = relative(cwd, created.folder) || '.';
    terminal.out(
      [
        `made ${path} with commit ${shortRevision(created.commit)} on ${created.branch}:`,
        ...created.files.map((file) => `  ${file}`),
        '',
        'next:',
        ...(path === '.' ? [] : [`  cd ${path}`]),
        '  headgate serve --repo .',
        '  headgate run orders --follow      (in another terminal)',
        '',
      ].join('\n'),
    );
  });
};
