/** What the image keeps of compiled code is what its Pods load: by the user, the flags and the files of the image. */
import { spawnSync } from 'node:child_process';
import { globSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { layOut } from './cluster/image-contents.ts';

const missing =
  process.getuid?.() !== 0
    ? 'needs root'
    : spawnSync('setpriv', ['--version']).error !== undefined
      ? 'there is no setpriv here'
      : null;
const SERVER_FLAGS = ['--max-semi-space-size=8', '--heap-growing-percent=60'];

describe.skipIf(missing !== null)(`the compiled code of the image${missing === null ? '' : ` (${missing})`}`, () => {
  const folder = mkdtempSync(join(tmpdir(), 'headgate-image-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** What Node says of its cache while a program of the image runs as the image's user. */
  function said(args: readonly string[]): string {
    const env = {
      ...process.env,
      NODE_COMPILE_CACHE: join(folder, '.compiled'),
      NODE_COMPILE_CACHE_PORTABLE: '1',
      NODE_DEBUG_NATIVE: 'COMPILE_CACHE',
    };
    const user = ['--reuid=65532', '--regid=65532', '--clear-groups'];
    const node = join(folder, 'node_modules', 'node', 'bin', 'node');
    const { stderr } = spawnSync('setpriv', [...user, node, ...args], { cwd: folder, env, maxBuffer: 2 ** 28 });
    return stderr.toString();
  }
  const modules = (text: string, what: RegExp): string[] => [...text.matchAll(what)].map((match) => match[1]!);

  it(
    'is taken for every module that a runner and the server load first, and stays as it is',
    { timeout: 120_000 },
    () => {
      layOut(folder);
      const kept = (): string[] => globSync('**/*', { cwd: join(folder, '.compiled') }).toSorted();
      const before = kept();
      for (const args of [['runner/pod.ts'], [...SERVER_FLAGS, 'cli/main.ts', 'serve', '--help']]) {
        const text = said(args);
        expect(modules(text, /V8 code cache for \w+ (\S+) was accepted/g).length).toBeGreaterThan(50);
        // The entry points themselves are not: to load them would be to begin.
        expect(modules(text, /reading cache from \S+ for ESM (\S+)\.\.\. ?no such file/g)).toHaveLength(1);
        expect(modules(text, /V8 code cache for \w+ (\S+) was rejected/g)).toEqual([]);
      }
      expect(kept()).toEqual(before);
    },
  );
});
