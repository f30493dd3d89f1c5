import { Exit } from '../context.ts';
import { counted } from '../output/figures.ts';
import { jsonDocument } from '../output/json.ts';
import { renderFileError } from '../output/problem.ts';
import { withJson } from '../options.ts';
import type { RegisterCommand } from './command.ts';

export const registerValidate: RegisterCommand = (program, context) => {
  const { terminal, style } = context;
  withJson(
    program
      .command('validate')
      .description('Check resource files: schema, references and connector settings. No server is needed')
      .argument('[paths...]', 'files or folders, or - for standard input', ['.']),
  ).action(async (paths: readonly string[], options: { readonly json?: boolean }) => {
    const { validateFiles } = await import('../validate-files.ts');
    const { files, resources, errors } = await validateFiles(paths, context);
    const problems = errors.reduce((sum, { issues = [] }) => sum + Math.max(1, issues.length), 0);
    if (options.json === true) {
      terminal.out(jsonDocument({ valid: errors.length === 0, files, resources, errors }));
    } else {
      for (const error of errors) terminal.out(renderFileError(error, style));
      const what = `${counted(resources.length, 'resource')} in ${counted(files, 'file')}`;
      if (errors.length > 0) terminal.err(`${style('bad', counted(problems, 'error'))}, ${what}\n`);
      else if (resources.length === 0) terminal.err(`${style('warn', 'nothing to check')}: ${what}\n`);
      else terminal.out(`${style('good', 'valid')}: ${what}\n`);
    }
    if (errors.length > 0) throw new Exit(1);
  });
};
