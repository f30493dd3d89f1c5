/**
 * What the controller writes means to kstatus what it should: Flux (`wait: true`), Helm (`--wait`) and `kubectl wait`-like tools go
 * by it. The real library says so, in a small program beside this test that Go builds.
 */
import { execFile, execFileSync, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { statusCases } from '../../../cli/gen/argocd/cases.ts';

interface Verdict {
  readonly status: string;
  readonly message: string;
}

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
if (missing !== null) process.stderr.write(`kstatus is not asked: ${missing}\n`);

describe.skipIf(missing !== null)(`kstatus${missing === null ? '' : ` (${missing})`}`, () => {
  const cases = statusCases();
  let folder: string;
  let verdicts: readonly Verdict[];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'headgate-kstatus-'));
    const program = join(folder, 'kstatus');
    await promisify(execFile)('go', ['build', '-o', program, '.'], { cwd: import.meta.dirname, timeout: BUILD_MS });
    verdicts = await judge(
      program,
      cases.map(({ object }) => object),
    );
  }, BUILD_MS + 30_000);
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('judges every object', () => expect(verdicts).toHaveLength(cases.length));

  it.for(cases.map((one, index) => [`${one.kind} ${one.name}`, one.kstatus, index] as const))(
    '%s is %s',
    ([, expected, index]) => expect(verdicts[index]).toMatchObject({ status: expected }),
  );
});

async function judge(program: string, objects: readonly unknown[]): Promise<readonly Verdict[]> {
  const child = spawn(program, { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.end(objects.map((object) => `${JSON.stringify(object)}\n`).join(''));
  const lines = (await text(child.stdout)).split('\n').filter((line) => line !== '');
  return lines.map((line) => JSON.parse(line) as Verdict);
}
