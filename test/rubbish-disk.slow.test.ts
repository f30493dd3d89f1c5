/** A server whose disk is full, gets full, or may not be written. */
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, statfs, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { pipeline } from './repository-server.ts';
import { eventually } from './server.ts';
import { createRepository, type TestRepository } from './servers/git.ts';
import { refusal, serveHeadgate, type HeadgateProcess } from './servers/headgate.ts';

let repository: TestRepository;
let home: string;
let servers: HeadgateProcess[];
beforeEach(async () => {
  repository = await createRepository();
  await repository.commit({ 'a.yaml': pipeline('a') });
  home = await mkdtemp(join(tmpdir(), 'headgate-rubbish-'));
  servers = [];
});
afterEach(async () => {
  for (const server of servers) await server.dispose();
  await repository.remove();
  await rm(home, { recursive: true, force: true });
});

function serve(dataDir: string, ...args: string[]): HeadgateProcess {
  const server = serveHeadgate(dataDir, ['--repo', repository.dir, ...args]);
  servers.push(server);
  return server;
}

async function ready(server: HeadgateProcess, name = 'a'): Promise<void> {
  await eventually(`pipeline ${name}`, async () => (await server.api(`/v1/pipelines/${name}`)).ok, 20_000);
}

/** A disk of the given size, or why there can be none. */
function mountDisk(path: string, options: string): string | null {
  if (process.platform !== 'linux') return 'needs Linux';
  if (process.getuid?.() !== 0) return 'mounting needs root';
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', path], { stdio: 'pipe' });
    return null;
  } catch (error) {
    return `mount refused: ${String(error)}`;
  }
}

const probe = await mkdtemp(join(tmpdir(), 'headgate-probe-'));
const noDisk = mountDisk(probe, 'size=1m');
if (noDisk === null) execFileSync('umount', ['-l', probe]);
await rm(probe, { recursive: true });

describe.skipIf(noDisk !== null)(`a disk${noDisk === null ? '' : ` (skipped: ${noDisk})`}`, () => {
  let disk: string;
  beforeEach(async () => {
    disk = join(home, 'disk');
    await mkdir(disk);
  });
  afterEach(() => void execFileSync('umount', ['-l', disk]));

  /** Takes all the space that is left. */
  const fill = async (): Promise<void> => {
    const { bavail, bsize } = await statfs(disk);
    await writeFile(join(disk, 'ballast'), Buffer.alloc(bavail * bsize)).catch((error: NodeJS.ErrnoException) => {
      // The server has written meanwhile: it is full all the same.
      if (error.code !== 'ENOSPC') throw error;
    });
  };

  it('that is full from the start: the server does not start, and says why', async () => {
    mountDisk(disk, 'size=1m');
    await fill();
    const { code, text } = await refusal(serve(disk));
    expect(code).toBe(7);
    expect(text).toMatch(/full/);
  });

  it('that is read-only: the server does not start, and says why', async () => {
    mountDisk(disk, 'size=1m,ro');
    const { code, text } = await refusal(serve(disk));
    expect(code).toBe(6);
    expect(text).toContain(disk);
    expect(text).toMatch(/cannot be written/);
  });

  it('that gets full: clear answers, no crash, and all goes on when there is space again', async () => {
    mountDisk(disk, 'size=24m');
    const server = serve(disk, '--log-level', 'error');
    await server.serving();
    await ready(server);
    await fill();
    const run = (): Promise<Response> => server.api('/v1/pipelines/a/run', { method: 'POST' });
    const refused = await eventually('a refusal', async () => {
      const response = await run();
      return response.ok ? null : response;
    });
    expect(refused.status).toBe(507);
    expect(await refused.json()).toMatchObject({ code: 'store_full' });
    expect((await server.api('/readyz')).status).toBe(503);
    expect((await server.api('/v1/pipelines/a')).ok).toBe(true);
    await repository.commit({ 'b.yaml': pipeline('b') });
    // Long enough for some loops to have failed, and for a loop that does not back off to fill the terminal.
    await new Promise((resolve) => setTimeout(resolve, 2000));
    expect(server.output().length).toBeLessThan(20_000);
    await rm(join(disk, 'ballast'));
    await ready(server, 'b');
    const accepted = await eventually('a run to be accepted', async () => {
      const response = await run();
      return response.ok ? ((await response.json()) as { id: string }) : null;
    });
    await eventually('the run to end', async () => {
      const shown = (await (await server.api(`/v1/runs/${accepted.id}`)).json()) as { status: string };
      return shown.status === 'success';
    });
    expect((await server.api('/readyz')).status).toBe(200);
    expect((await readdir(disk)).filter((name) => name.includes('tmp'))).toEqual([]);
    server.kill('SIGTERM');
    expect(await server.exited).toBe(0);
  });
});
