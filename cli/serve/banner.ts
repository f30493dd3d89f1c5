/** What `serve` says when it is up. */
import type { CliContext } from '../context.ts';
import type { RunningServer } from './types.ts';

export interface BannerOptions {
  readonly environment: string;
  readonly repo?: string;
  readonly branch: string;
  readonly path: string;
}

export function banner(
  server: RunningServer,
  options: BannerOptions,
  dataDir: string,
  { env, style, version }: CliContext,
): string {
  const fields: [string, string][] = [
    ['API', `${server.url}/v1   docs ${server.url}/docs`],
    ['Data', dataDir],
    [
      'Repository',
      options.repo === undefined ? 'none given; see --repo' : `${options.repo}, ${options.branch}, ${options.path}`,
    ],
    [
      'Token',
      server.adminToken.created ? `${server.adminToken.token}   (shown once; kept in the data folder)` : 'as before',
    ],
  ];
  const lines = fields.map(([name, value]) => `  ${style('dim', name.padEnd(11))}${value}`);
  // What npm started is not in the PATH of another terminal.
  const command = env.all['npm_execpath'] === undefined ? 'headgate' : 'npx headgate';
  const next = ['get pipelines', 'run <pipeline> --follow', 'logs -f <pipeline>'];
  const tries = `  ${style('dim', 'Try next'.padEnd(11))}${next.map((words) => `${command} ${words}`).join('   ')}`;
  return `${style('bold', `Headgate ${version}`)}  environment ${options.environment}\n${lines.join('\n')}\n${tries}\n\n`;
}
