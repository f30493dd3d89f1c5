/** A server that is killed while it writes into a working copy leaves it whole, and loses nothing that it acknowledged. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createRepository, type TestRepository } from './servers/git.ts';
import { eventually } from './server.ts';
import { pipelineText } from './writes.ts';

const SCRIPT = fileURLToPath(new URL('./writing-process.ts', import.meta.url));

let work: TestRepository;
let dataDir: string;
beforeEach(async () => {
  work = await createRepository();
  dataDir = await mkdtemp(join(tmpdir(), 'headgate-kill-'));
});
afterEach(async () => {
  await work.remove();
  await rm(dataDir, { recursive: true, force: true });
});

/** Writes until `ms` after its first commit, is killed, and answers what was acknowledged. */
async function writeAndDie(word: string, ms: number): Promise<{ done: string[]; failed: string[] }> {
  const child = spawn(process.execPath, [SCRIPT, work.dir, dataDir, word], { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
  const closed = once(child, 'close');
  await eventually('the first commit', async () => text.includes('done') || child.exitCode !== null, 60_000);
  await new Promise((resolve) => setTimeout(resolve, ms));
  child.kill('SIGKILL');
  await closed;
  const lines = text.split('\n').slice(0, -1);
  return {
    done: lines.filter((line) => line.startsWith('done')),
    failed: lines.filter((line) => line.startsWith('failed')),
  };
}

it('killed at any moment: history, index and files are whole, and the next server goes on', async () => {
  await work.commit({ 'orders.yaml': pipelineText('orders'), 'mine.txt': 'one\n' });
  await writeFile(join(work.dir, 'mine.txt'), 'two\n');
  for (let round = 0; round < 5; round += 1) {
    const { done, failed } = await writeAndDie(`round-${round}`, 40 + Math.random() * 400);
    // Git commands that were under way end by themselves.
    await eventually('no lock', async () => !existsSync(join(work.dir, '.git/index.lock')));
    expect(failed).toEqual([]);
    expect(done.length).toBeGreaterThan(0);
    const history = (await work.git('log', '--format=%H %s', 'main')).split('\n');
    for (const line of done) expect(history.filter((known) => known === line.slice(5))).toHaveLength(1);
    await work.git('fsck', '--strict');
    expect(await readFile(join(work.dir, 'mine.txt'), 'utf8')).toBe('two\n');
  }
  expect(await work.git('rev-list', '--merges', '--count', 'main')).toBe('0');
});
