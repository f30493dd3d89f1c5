import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createContext, type CliContext, type CliEnvironment } from './context.ts';
import { readServerFile, removeServerFile, writeServerFile } from './server-file.ts';
import { dataFolder, findTarget } from './target.ts';

let cwd: string;
beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'headgate-target-'));
});
afterEach(() => rm(cwd, { recursive: true }));

function context(env: Partial<CliEnvironment> = {}): CliContext {
  const silent = () => undefined;
  return createContext({
    env: { all: {}, ...env },
    terminal: {
      out: silent,
      err: silent,
      width: undefined,
      live: false,
      color: false,
      readInput: () => Promise.resolve(new Uint8Array()),
      input: null,
    },
    cwd,
    clock: Date.now,
    version: '1',
    signal: new AbortController().signal,
  });
}

async function localServer(url = 'http://127.0.0.1:4711'): Promise<void> {
  writeServerFile(cwd, { url, pid: process.pid });
  await writeFile(join(cwd, 'admin-token'), 'kept-token\n');
}

describe('the server', () => {
  it('comes from the flag, then the environment, then the data folder', async () => {
    await localServer();
    const data = cwd;
    expect(findTarget(context(), { data })).toEqual({
      url: 'http://127.0.0.1:4711',
      serverFrom: join(cwd, 'server.json'),
      token: 'kept-token',
      tokenFrom: join(cwd, 'admin-token'),
    });
    expect(findTarget(context({ server: 'http://b:1/' }), { data }).url).toBe('http://b:1');
    expect(findTarget(context({ server: 'http://b:1' }), { data, server: 'https://a' })).toMatchObject({
      url: 'https://a',
      serverFrom: '--server',
    });
  });

  it('is missed with a hint', () => {
    expect(() => findTarget(context(), {})).toThrow(`${join(cwd, '.headgate', 'server.json')} does not exist`);
  });

  it.each(['', '{', '{"url": 7}', '{"url": "nonsense"}', '[]'])('is not found in a file that says %j', async (text) => {
    await writeFile(join(cwd, 'server.json'), text);
    expect(readServerFile(cwd)).toBeNull();
    expect(() => findTarget(context({ data: cwd }), {})).toThrow('no server is known');
  });
});

describe('the token', () => {
  it('comes from the flag, then the environment, then the data folder', async () => {
    await localServer();
    const find = (env: Partial<CliEnvironment>, token?: string) =>
      findTarget(context({ ...env, data: cwd }), token === undefined ? {} : { token }).tokenFrom;
    expect(find({ token: 'b', adminToken: 'c' }, 'a')).toBe('--token');
    expect(find({ token: 'b', adminToken: 'c' })).toBe('HEADGATE_TOKEN');
    expect(find({ adminToken: 'c' })).toBe('HEADGATE_ADMIN_TOKEN');
    expect(find({})).toBe(join(cwd, 'admin-token'));
  });

  it('of the data folder goes to the server of that folder only', async () => {
    await localServer();
    const data = cwd;
    expect(findTarget(context(), { data, server: 'https://elsewhere.example.com' }).token).toBeUndefined();
    expect(findTarget(context(), { data, server: 'http://127.0.0.1:4711/' }).token).toBe('kept-token');
  });
});

describe('the data folder', () => {
  it('is the flag, the environment, or .headgate', () => {
    expect(dataFolder(context(), {})).toBe(join(cwd, '.headgate'));
    expect(dataFolder(context({ data: 'd' }), {})).toBe(join(cwd, 'd'));
    expect(dataFolder(context({ data: 'd' }), { data: '/e' })).toBe('/e');
  });

  it('loses the server file only to the one who wrote it', async () => {
    await localServer();
    removeServerFile(cwd, process.pid + 1);
    expect(readServerFile(cwd)?.pid).toBe(process.pid);
    removeServerFile(cwd, process.pid);
    expect(readServerFile(cwd)).toBeNull();
  });
});
