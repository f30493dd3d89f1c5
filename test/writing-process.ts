/** A server in a process of its own that changes one pipeline again and again, to be killed: `<repository> <data folder> <word>`. */
import { execFileSync } from 'node:child_process';
import { startTestServer } from './server.ts';
import { pipelineResource, update, write } from './writes.ts';
import { eventually } from './server.ts';

const [repo, dataDir, word] = process.argv.slice(2) as [string, string, string];
const server = await startTestServer(repo, { dataDir, branch: 'main', writeBack: 'commit', warm: 0, streamHosts: 1 });
const ref = { kind: 'Pipeline', namespace: 'default', name: 'orders' } as const;
// What the last server has committed just before its end is synced first: a change made from older content is a conflict.
const head = execFileSync('git', ['rev-parse', 'main'], { cwd: repo, encoding: 'utf8' }).trim();
await eventually('orders', async () => (await server.resources.get(ref))?.revision === head);
process.stdout.write('ready\n');
for (let n = 0; ; n += 1) {
  const title = `${word}-${n}`;
  const outcome = await write(server, [update(pipelineResource('orders', { title }))], { subject: title }).catch(
    (error: unknown) => error as Error,
  );
  if (outcome instanceof Error) process.stdout.write(`failed ${outcome.message}\n`);
  else if ('revision' in outcome) process.stdout.write(`done ${outcome.revision} ${title}\n`);
}
