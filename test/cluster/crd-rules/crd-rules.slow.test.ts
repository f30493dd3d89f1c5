/**
 * What a current API server says of the definitions: Kubernetes 1.20 knows no rules in CEL, so the code of a later one is asked, in
 * a small program beside this test that Go builds.
 */
import { execFile, execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KINDS } from '../../../crds/index.ts';
import { crdFile, crdYaml } from '../../../crds/gen/crd.ts';

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, '../../..');
const BUILD_MS = 9 * 60_000;

/** Why the program cannot be built here, or null. */
function goMissing(): string | null {
  try {
    execFileSync('go', ['version'], { stdio: 'ignore' });
    return null;
  } catch {
    return 'go is not installed';
  }
}

const missing = goMissing();
if (missing !== null) process.stderr.write(`the rules of the definitions are not judged: ${missing}\n`);

describe.skipIf(missing !== null)(`an API server of today${missing === null ? '' : ` (${missing})`}`, () => {
  let folder: string;
  let program: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'headgate-crd-rules-'));
    program = join(folder, 'crd-rules');
    await run('go', ['build', '-o', program, '.'], { cwd: import.meta.dirname, timeout: BUILD_MS });
  }, BUILD_MS + 30_000);
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it.each(Object.values(KINDS).map((kind) => [kind.kind, kind] as const))(
    'takes the definition of %s',
    async (_, kind) => {
      const { stdout } = await run(program, [join(ROOT, crdFile(kind))]);
      expect(stdout).toBe('');
    },
  );

  it.each([
    ['a rule that is no CEL', (yaml: string) => yaml.replace('self == oldSelf', 'self =='), 'x-kubernetes-validations'],
    [
      'a rule over a field that is not there',
      (yaml: string) => yaml.replace('self == oldSelf', 'self.nothing'),
      'nothing',
    ],
    ['a default that is not valid', (yaml: string) => yaml.replace('default: false', 'default: 5'), 'default'],
    ['an unknown field', (yaml: string) => yaml.replace('scope: Namespaced', 'reach: Namespaced'), 'unknown field'],
  ])('refuses %s', async (_, change, complaint) => {
    const path = join(folder, 'changed.yaml');
    await writeFile(path, change(crdYaml(KINDS.Run)));
    expect(await readFile(path, 'utf8')).not.toBe(crdYaml(KINDS.Run));
    await expect(run(program, [path])).rejects.toMatchObject({ code: 1, stdout: expect.stringContaining(complaint) });
  });
});
