import { Argument } from 'commander';
import type { RegisterCommand } from './command.ts';

const SHELLS = ['bash', 'zsh', 'fish'] as const;

export const registerCompletion: RegisterCommand = (program, { terminal }) => {
  program
    .command('completion')
    .description('Print a script that completes commands and options in a shell')
    .addArgument(new Argument('<shell>', 'which shell').choices(SHELLS))
    .addHelpText('after', '\nFor example, in ~/.bashrc: source <(headgate completion bash)')
    .action(async (shell: (typeof SHELLS)[number]) => {
      const { completionScript } = await import('../completion.ts');
      terminal.out(completionScript(program, shell));
    });
};
