/**
 * What a start costs, with and without the compiled code that Node keeps (docs/decisions/0028-compiled-code.md):
 *
 *     node bench/starts.ts [--rounds 15]
 *
 * `headgate version` through its launcher, and the program of a runner Pod, which ends where it finds no assignment: by then it has
 * loaded what every run needs. The control is the first against itself.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { expectCount, median, report, round } from './lib.ts';

const { values: options } = parseArgs({ options: { rounds: { type: 'string', default: '15' } } });
const ROUNDS = Number(options.rounds);
const ROOT = join(import.meta.dirname, '..');
const PROGRAMS = {
  version: { args: ['cli/headgate.js', 'version'], code: 0 },
  pod: { args: ['runner/pod.ts'], code: 64 },
} as const;
const folder = await mkdtemp(join(tmpdir(), 'headgate-bench-'));

interface Start {
  /** Milliseconds. */
  readonly wall: number;
  readonly cpu: number;
  /** Megabytes of resident memory, at most. */
  readonly memory: number;
}

/** A process tells of itself when it ends: nobody else can ask what it took. */
const TELL = `process.on('exit', () => {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  require('node:fs').writeSync(3, JSON.stringify({ cpu: (userCPUTime + systemCPUTime) / 1000, memory: maxRSS / 1000 }));
});`;

async function start({ args, code }: { args: readonly string[]; code: number }, keeps: boolean): Promise<Start> {
  const { NODE_COMPILE_CACHE: _, ...env } = process.env;
  const begin = performance.now();
  const child = spawn(process.execPath, ['--require', join(folder, 'tell.cjs'), ...args], {
    cwd: ROOT,
    env: keeps ? { ...env, NODE_COMPILE_CACHE: join(folder, 'compiled') } : { ...env, NODE_DISABLE_COMPILE_CACHE: '1' },
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stdio[3]!.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const [exit] = (await once(child, 'close')) as [number];
  const wall = performance.now() - begin;
  expectCount('exit code', exit, code);
  return { wall, ...(JSON.parse(said) as Omit<Start, 'wall'>) };
}

const taken = { version: [[], []], pod: [[], []], control: [[], []] } as Record<string, [Start[], Start[]]>;
try {
  await writeFile(join(folder, 'tell.cjs'), TELL);
  for (const program of Object.values(PROGRAMS)) await start(program, true);
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, program] of Object.entries(PROGRAMS)) {
      taken[name]![0].push(await start(program, false));
      taken[name]![1].push(await start(program, true));
    }
    taken['control']![round % 2 === 0 ? 0 : 1].push(await start(PROGRAMS.version, false));
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}

const of = (name: string, which: 0 | 1, what: keyof Start): number =>
  round(median(taken[name]![which].map((each) => each[what])), 0);
const both = (name: string, what: keyof Start) => ({ without: of(name, 0, what), with: of(name, 1, what) });
report({
  bench: 'starts',
  work: `starts of programs, ${ROUNDS} of each`,
  headlines: [
    {
      what: 'of the processor time of `headgate version` where nothing is kept; the control is the same against itself',
      value: round(of('version', 1, 'cpu') / of('version', 0, 'cpu')),
      control: round(of('control', 1, 'cpu') / of('control', 0, 'cpu')),
    },
    {
      what: "of that of a runner Pod's program",
      value: round(of('pod', 1, 'cpu') / of('pod', 0, 'cpu')),
    },
    { what: "memory of a runner Pod's program at its start", value: of('pod', 1, 'memory'), unit: 'MB' },
  ],
  figures: Object.fromEntries(
    Object.keys(PROGRAMS).map((name) => [
      name,
      { cpuMs: both(name, 'cpu'), wallMs: both(name, 'wall'), megabytes: both(name, 'memory') },
    ]),
  ),
});
