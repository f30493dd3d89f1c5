import type { ErrorCodeName } from '../foundation/errors.ts';
import { parseDuration } from '../foundation/time.ts';
import type { Problem } from './issues.ts';
import { checkDestinations, checkSources } from './check-endpoints.ts';
import { PIPELINE_DEFAULTS } from './pipeline-defaults.ts';
import type { PipelineSpec } from './pipeline.ts';
import { checkRepeated, oneOfTwo, valueProblem } from './problems.ts';
import { toPointer } from './pointer.ts';
import { parseQuantity } from './quantity.ts';
import { cronProblem, timeZoneProblem } from './cron.ts';

/** Least memory that the engine can work with, in bytes. */
const LEAST_MEMORY = 64 * 2 ** 20;
/** Least log of events that works, in bytes: some of the largest payloads. */
const LEAST_EVENT_BYTES = 2 ** 20;
const LONGEST_DURATION = 3650 * 86_400_000;
/** Of `dedupe` in streams: after a restart so much of the log is read again. */
const LONGEST_WINDOW = 7 * 86_400_000;

/** What a schema cannot say of a pipeline. Pointers are those of the whole resource. */
export function checkPipeline(spec: PipelineSpec): Problem[] {
  return [
    ...checkSources(spec),
    ...checkTransforms(spec),
    ...checkDestinations(spec),
    ...checkSchedule(spec),
    ...checkDurations(spec),
    ...checkMemory(spec),
    ...checkEventBytes(spec),
    ...checkDelivery(spec),
  ];
}

function checkTransforms(spec: PipelineSpec): Problem[] {
  const field = spec.transforms === undefined ? 'transform' : 'transforms';
  const problems = oneOfTwo(spec, 'transform', 'transforms', false);
  for (const [index, transform] of (spec[field] ?? []).entries()) {
    for (const name of ['select', 'drop'] as const) {
      problems.push(...checkRepeated(transform[name] ?? [], `/spec/${field}/${index}/${name}`));
    }
    const { key = [], window } = transform.dedupe ?? {};
    problems.push(...checkRepeated(key, `/spec/${field}/${index}/dedupe/key`));
    problems.push(...checkWindow(window, `/spec/${field}/${index}/dedupe/window`));
  }
  return problems;
}

function checkWindow(window: string | undefined, pointer: string): Problem[] {
  if (window === undefined) return [];
  const ms = parseDuration(window);
  if (ms > LONGEST_WINDOW) return [valueProblem(pointer, 'must not be longer than 7d')];
  return ms === 0 ? [valueProblem(pointer, 'must be longer than nothing')] : [];
}

function checkSchedule({ schedule }: PipelineSpec): Problem[] {
  if (schedule === undefined) return [];
  const cron = typeof schedule === 'string' ? schedule : schedule.cron;
  const pointer = typeof schedule === 'string' ? '/spec/schedule' : '/spec/schedule/cron';
  const problems: Problem[] = [];
  const code: ErrorCodeName = 'invalid_schedule';
  for (const [index, expression] of (typeof cron === 'string' ? [cron] : cron).entries()) {
    const problem = cronProblem(expression);
    const at = typeof cron === 'string' ? pointer : `${pointer}/${index}`;
    const hint = 'for example "0 */6 * * *": at minute 0 of every sixth hour';
    if (problem !== null) problems.push(valueProblem(at, problem, { code, hint }));
  }
  if (typeof schedule !== 'string' && schedule.timeZone !== undefined) {
    const problem = timeZoneProblem(schedule.timeZone);
    if (problem !== null) {
      problems.push(valueProblem('/spec/schedule/timeZone', problem, { code, hint: 'for example Europe/Berlin' }));
    }
  }
  return problems;
}

function checkDurations(spec: PipelineSpec): Problem[] {
  const durations: [pointer: string, text: string | undefined, mayBeZero: boolean][] = [
    ['/spec/batch/interval', spec.batch?.interval, false],
    ['/spec/retry/initial', spec.retry?.initial, true],
    ['/spec/retry/max', spec.retry?.max, true],
    ['/spec/limits/timeout', spec.limits?.timeout, false],
    ['/spec/history/events', spec.history?.events, true],
    ['/spec/source/incremental/lookback', spec.source?.incremental?.lookback, true],
    ...(spec.sources ?? []).map((source, index): [string, string | undefined, boolean] => [
      `/spec/sources/${index}/incremental/lookback`,
      source.incremental?.lookback,
      true,
    ]),
  ];
  const problems = durations.flatMap(([pointer, text, mayBeZero]) => {
    if (text === undefined) return [];
    const ms = parseDuration(text);
    if (ms > LONGEST_DURATION) return [valueProblem(pointer, 'must not be longer than 3650d')];
    return ms === 0 && !mayBeZero ? [valueProblem(pointer, 'must be longer than nothing')] : [];
  });
  const { initial = PIPELINE_DEFAULTS.retry.initial, max = PIPELINE_DEFAULTS.retry.max } = spec.retry ?? {};
  if (problems.length === 0 && parseDuration(initial) > parseDuration(max)) {
    const given = spec.retry?.max === undefined ? '/spec/retry/initial' : '/spec/retry/max';
    problems.push(valueProblem(given, `the first wait (${initial}) is longer than the longest (${max})`));
  }
  return problems;
}

function checkMemory(spec: PipelineSpec): Problem[] {
  const problems: Problem[] = [];
  for (const side of ['requests', 'limits'] as const) {
    for (const [resource, text] of Object.entries(spec.runner?.resources?.[side] ?? {})) {
      const pointer = `/spec/runner/resources/${side}${toPointer([resource])}`;
      const amount = parseQuantity(text);
      if (amount === null) {
        problems.push(valueProblem(pointer, 'is not a quantity of Kubernetes', { hint: 'for example 500m, 1Gi' }));
      } else if (side === 'limits' && resource === 'memory' && amount < LEAST_MEMORY) {
        problems.push(valueProblem(pointer, 'is less than 64Mi, the least that works', { hint: 'for example 1Gi' }));
      }
    }
  }
  return problems;
}

function checkEventBytes({ history }: PipelineSpec): Problem[] {
  const text = history?.eventBytes;
  if (text === undefined) return [];
  const pointer = '/spec/history/eventBytes';
  const amount = parseQuantity(text);
  if (amount === null) return [valueProblem(pointer, 'is not a quantity of Kubernetes', { hint: 'for example 500Mi' })];
  if (amount >= LEAST_EVENT_BYTES) return [];
  return [valueProblem(pointer, 'is less than 1Mi, the least that works', { hint: 'for example 500Mi' })];
}

function checkDelivery({ delivery }: PipelineSpec): Problem[] {
  const { concurrency, order } = { ...PIPELINE_DEFAULTS.delivery, ...delivery };
  if (concurrency === 1 || order !== 'all') return [];
  return [
    valueProblem('/spec/delivery/concurrency', 'keeps no order of all events', {
      hint: 'set `order: key` to keep the order of each key, or `order: none`',
    }),
  ];
}
