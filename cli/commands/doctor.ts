import { Exit, type CliContext } from '../context.ts';
import type { Check, Finding } from '../doctor/check.ts';
import { counted } from '../output/figures.ts';
import { jsonDocument } from '../output/json.ts';
import { statusText } from '../output/style.ts';
import { pad, printable } from '../output/width.ts';
import { withServer, type ServerOptions } from '../options.ts';
import { dataFolder } from '../target.ts';
import type { RegisterCommand } from './command.ts';

export const registerDoctor: RegisterCommand = (program, context) => {
  const { terminal } = context;
  withServer(
    program
      .command('doctor')
      .description('Check what Headgate needs: Node, git, data folder, disk, store, key, server, token, clock'),
  ).action(async (options: ServerOptions) => {
    const { runCheck } = await import('../doctor/check.ts');
    const { machine, server } = await checks();
    const doctor = { cli: context, options, dataDir: dataFolder(context, options) };
    const findings: Finding[] = [];
    for (const check of machine) findings.push(await runCheck(check, doctor));
    for (const check of server) {
      const finding = await runCheck(check, doctor);
      findings.push(finding);
      // Without an answer the other checks of the server would only say the same again.
      if (check.name === 'server' && finding.status === 'fail') break;
    }
    const failed = findings.filter(({ status }) => status === 'fail').length;
    if (options.json === true) terminal.out(jsonDocument({ healthy: failed === 0, checks: findings }));
    else terminal.out(findings.map((finding) => findingText(finding, context)).join('') + verdict(failed));
    if (failed > 0) throw new Exit(1);
  });
};

async function checks(): Promise<Record<'machine' | 'server', readonly Check[]>> {
  const { nodeCheck, gitCheck, dataCheck, spaceCheck, storeCheck } = await import('../doctor/machine.ts');
  const { secretKeyCheck } = await import('../doctor/secret-key.ts');
  const { serverCheck, readyCheck, tokenCheck, clockCheck } = await import('../doctor/server.ts');
  return {
    machine: [nodeCheck, gitCheck, dataCheck, spaceCheck, storeCheck, secretKeyCheck],
    server: [serverCheck, readyCheck, tokenCheck, clockCheck],
  };
}

function findingText({ check, status, message, hint }: Finding, { style }: CliContext): string {
  const line = `${pad(statusText(style, status), 6)}${pad(check, 13)}${printable(message)}\n`;
  return hint === undefined ? line : `${line}${' '.repeat(19)}${style('dim', 'hint:')} ${printable(hint)}\n`;
}

const verdict = (failed: number): string => (failed === 0 ? '' : `\n${counted(failed, 'problem')}\n`);
