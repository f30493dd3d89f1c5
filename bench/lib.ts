/** What every benchmark shares: the machine and commit it ran on, statistics, and the one JSON line that is its result. */
import { execFileSync } from 'node:child_process';
import { availableParallelism, cpus, totalmem } from 'node:os';

/** A figure that the table shows. */
export interface Headline {
  /** `of DuckDB by hand`, `commits a second`: what the value is. */
  readonly what: string;
  readonly value: number;
  /** `/s`, `ms`, `MB`; left out for a ratio. */
  readonly unit?: string;
  /** The same measure between two runs of the control: 1 is a quiet machine. */
  readonly control?: number;
  readonly atLeast?: number;
  readonly atMost?: number;
}

export interface Outcome {
  /** The name of the script: `batch`. */
  readonly bench: string;
  /** What was done, in a few words, with its size. */
  readonly work: string;
  readonly headlines: readonly Headline[];
  /** Everything else that was measured or counted. */
  readonly figures: Readonly<Record<string, unknown>>;
}

export interface Report extends Outcome {
  readonly machine: string;
  readonly node: string;
  /** `+` at its end: with changes that are not committed. */
  readonly commit: string;
  /** RFC 3339. */
  readonly at: string;
}

/** Writes the result to standard output as one line of JSON, for `bench/table.ts`. */
export function report(outcome: Outcome): void {
  const complete: Report = {
    ...outcome,
    machine: machine(),
    node: process.version,
    commit: commit(),
    at: new Date().toISOString(),
  };
  process.stdout.write(`${JSON.stringify(complete)}\n`);
}

export function machine(): string {
  const gib = Math.round(totalmem() / 2 ** 30);
  return `${availableParallelism()} × ${(cpus()[0]?.model ?? 'unknown').trim()}, ${gib} GiB`;
}

export function commit(): string {
  const git = (...args: string[]): string =>
    execFileSync('git', args, { cwd: import.meta.dirname, encoding: 'utf8' }).trim();
  const changed = git('status', '--porcelain', '--untracked-files=no', '--', '..') !== '';
  return `${git('rev-parse', '--short', 'HEAD')}${changed ? '+' : ''}`;
}

/** Milliseconds of wall and processor time. */
export interface Time {
  readonly wall: number;
  readonly cpu: number;
}

export async function timed(work: () => Promise<unknown>): Promise<Time> {
  const start = performance.now();
  const cpu = process.cpuUsage();
  await work();
  const used = process.cpuUsage(cpu);
  return { wall: performance.now() - start, cpu: (used.user + used.system) / 1000 };
}

/** The value at `share` (0 to 1) of the sorted values: 0.5 is the median, 0.99 the p99. Throws when there are none. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const value = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
  if (value === undefined) throw new RangeError('no values to take a percentile of');
  return value;
}

export const median = (values: readonly number[]): number => percentile(values, 0.5);

/** The median over rounds of `a` against `b`: above 1, `b` took less. */
export const medianRatio = (a: readonly number[], b: readonly number[]): number =>
  round(median(a.map((value, index) => value / b[index]!)));

export const round = (value: number, digits = 2): number => Number(value.toFixed(digits));

/** Throws unless what was counted is what should be there: the ground truth of a benchmark. */
export function expectCount(what: string, counted: unknown, expected: unknown): void {
  const [found, wanted] = [JSON.stringify(counted), JSON.stringify(expected)];
  if (found !== wanted) throw new Error(`${what}: counted ${found} instead of ${wanted}`);
}
