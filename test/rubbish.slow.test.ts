/** What keeps a server from its work: no rights, a port that is taken, a damaged or foreign store, a kill. */
import { once } from 'node:events';
import { chmod, mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openStore } from '../store/open.ts';
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

/** A store that was closed in order. */
async function used(): Promise<string> {
  const file = join(home, 'headgate.db');
  await (await openStore(`sqlite:${file}`)).close();
  return file;
}

describe('does not start, and says why', () => {
  it('with a damaged store', async () => {
    const file = await used();
    const handle = await open(file, 'r+');
    await handle.write(Buffer.alloc(1024, 'rubbish'), 0, 1024, 0);
    await handle.close();
    const { code, text } = await refusal(serve(home));
    expect(code).toBe(7);
    expect(text).toContain(file);
    expect(text).toMatch(/damaged/);
    expect(text).toMatch(/backup/);
  });

  it('with the store of a newer version', async () => {
    const file = await used();
    const database = new DatabaseSync(file);
    database.exec('PRAGMA user_version = 900');
    database.close();
    const { code, text } = await refusal(serve(home));
    expect(code).toBe(7);
    expect(text).toMatch(/schema 900/);
  });

  it('with the database of another program, which stays as it is', async () => {
    const file = join(home, 'headgate.db');
    const database = new DatabaseSync(file);
    database.exec('CREATE TABLE notes (text)');
    database.close();
    const { code, text } = await refusal(serve(home));
    expect(code).toBe(1);
    expect(text).toMatch(/another program/);
    expect(new DatabaseSync(file).prepare('SELECT count(*) AS n FROM sqlite_schema').get()).toEqual({ n: 1 });
  });

  it('when its port is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const { code, text } = await refusal(serve(home, '--listen', `127.0.0.1:${port}`));
    expect(code).toBe(5);
    expect(text).toContain(`127.0.0.1:${port}`);
    expect(text).toMatch(/--listen/);
    other.close();
  });

  it('when the address is not of this machine', async () => {
    const { code, text } = await refusal(serve(home, '--listen', '192.0.2.1:8080'));
    expect(code).toBe(1);
    expect(text).toContain('192.0.2.1:8080');
  });

  it('when the data folder is a file', async () => {
    const file = join(home, 'file');
    await writeFile(file, '');
    const { code, text } = await refusal(serve(file));
    expect(code).toBe(6);
    expect(text).toContain(file);
  });

  it.skipIf(process.getuid?.() === 0)(
    'when the data folder cannot be written (skipped: root may write anywhere)',
    async () => {
      await chmod(home, 0o500);
      const { code, text } = await refusal(serve(join(home, 'data')));
      await chmod(home, 0o700);
      expect(code).toBe(6);
      expect(text).toContain(home);
    },
  );

  it('with a store that nobody knows', async () => {
    const { code, text } = await refusal(serve(home, '--store', 'mysql://localhost/headgate'));
    expect(code).toBe(1);
    expect(text).toMatch(/sqlite:/);
  });
});

describe('goes on', () => {
  it('while its repository is not there, and syncs once it is', async () => {
    const nowhere = join(home, 'not yet');
    const server = serveHeadgate(join(home, 'data'), ['--repo', nowhere]);
    servers.push(server);
    await server.serving();
    const shown = await eventually('the failure', async () => {
      const text = await (await server.api('/v1/repositories/main')).text();
      return text.includes('git_unreachable') || text.includes('GitUnreachable') ? text : null;
    });
    expect(shown).toContain('not yet');
    await repository.git('clone', '--quiet', '.', nowhere);
    await ready(server);
  });

  it('after it was killed, again and again', async () => {
    for (let round = 0; round < 3; round++) {
      const server = serve(home);
      await server.serving();
      await ready(server);
      server.kill('SIGKILL');
      expect(await server.exited).toBe('SIGKILL');
      expect(server.output()).not.toMatch(/error/i);
    }
  });
});
