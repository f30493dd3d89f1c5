import { describe, expect, it } from 'vitest';
import { HeadgateError } from '../foundation/errors.ts';
import { normalizePipeline } from './normalize.ts';
import { PipelineSpec } from './pipeline.ts';
import { parseQuantity } from './quantity.ts';
import { nearest } from './nearest.ts';
import { fromPointer, toPath, toPointer } from './pointer.ts';
import { cronProblem, timeZoneProblem } from './cron.ts';

const minimal: PipelineSpec = { source: { connection: 'a' }, destination: { connection: 'b' } };

describe('normalizePipeline', () => {
  it('fills in every default', () => {
    expect(normalizePipeline(minimal)).toEqual({
      enabled: true,
      schedule: null,
      sources: [{ name: 'input', connection: 'a', settings: {}, pointer: '/spec/source' }],
      transforms: [],
      transformsPointer: '/spec/transforms',
      destinations: [
        {
          name: 'destination',
          connection: 'b',
          settings: {},
          mode: 'overwrite',
          modeDeclared: false,
          key: [],
          include: [],
          pointer: '/spec/destination',
        },
      ],
      batch: { size: 100, intervalMs: 1000 },
      retry: { attempts: 5, initial: 1000, max: 300_000, jitter: true },
      limits: { eventsPerSecond: 10_000, timeoutMs: 3_600_000 },
      variables: {},
      delivery: { concurrency: 1, order: 'all', whenPaused: 'accept' },
      history: { runs: 100, eventsMs: 604_800_000, eventBytes: 10 * 2 ** 30 },
      runner: { resources: {}, podTemplate: {}, replicas: 1 },
    });
  });

  it('agrees with the defaults that the schema shows', () => {
    const { properties } = PipelineSpec;
    const normal = normalizePipeline(minimal);
    expect(properties.batch.properties.size).toMatchObject({ default: normal.batch.size });
    expect(properties.retry.properties.attempts).toMatchObject({ default: normal.retry.attempts });
    expect(properties.limits.properties.timeout).toMatchObject({ default: '1h' });
    expect(properties.history.properties.runs).toMatchObject({ default: normal.history.runs });
  });

  it('spells out several sources and destinations, with their names and places', () => {
    const normal = normalizePipeline({
      sources: [
        { name: 'orders', connector: 'file', settings: { path: 'a.csv' }, stream: 's', query: 'q' },
        { name: 'users', connection: 'a', incremental: { cursor: 't', initial: '2026', lookback: '1h30m' } },
      ],
      transform: [{ drop: ['x'] }],
      destinations: [
        { connection: 'b' },
        { connection: 'c', mode: 'upsert', key: ['id'] },
        { connection: 'd', name: 'last', include: ['event_id'] },
      ],
    });
    expect(normal.sources).toEqual([
      {
        name: 'orders',
        connector: 'file',
        settings: { path: 'a.csv' },
        stream: 's',
        query: 'q',
        pointer: '/spec/sources/0',
      },
      {
        name: 'users',
        connection: 'a',
        settings: {},
        incremental: { cursor: 't', initial: '2026', lookbackMs: 5_400_000 },
        pointer: '/spec/sources/1',
      },
    ]);
    expect(normal.transformsPointer).toBe('/spec/transform');
    expect(normal.destinations.map(({ name, mode, modeDeclared, key }) => [name, mode, modeDeclared, key])).toEqual([
      ['destination', 'append', false, []],
      ['destination-2', 'upsert', true, ['id']],
      ['last', 'append', false, []],
    ]);
  });

  it('spells out a schedule', () => {
    expect(normalizePipeline({ ...minimal, schedule: '0 */6 * * *' }).schedule).toEqual({
      cron: ['0 */6 * * *'],
      timeZone: 'UTC',
      concurrencyPolicy: 'Forbid',
      catchUp: 'latest',
    });
    const full = {
      cron: ['0 1 * * *', '30 0 2 * * mon-fri'],
      timeZone: 'Europe/Berlin',
      startingDeadlineSeconds: 60,
      concurrencyPolicy: 'Replace',
      catchUp: 'all',
    } as const;
    expect(normalizePipeline({ ...minimal, schedule: { ...full, cron: [...full.cron] } }).schedule).toEqual(full);
  });

  it('takes the memory limit in bytes', () => {
    const spec = { ...minimal, runner: { resources: { limits: { memory: '1.5Gi', cpu: '500m' } }, replicas: 3 } };
    expect(normalizePipeline(spec).runner).toMatchObject({ memoryBytes: 1_610_612_736, replicas: 3 });
  });

  it('refuses what the schema lets through', () => {
    const refusal = (spec: PipelineSpec): unknown => {
      try {
        return normalizePipeline(spec);
      } catch (error) {
        return error instanceof HeadgateError && [error.code, error.message];
      }
    };
    expect(refusal({ ...minimal, destination: { connection: 'b', mode: 'upsert' } })).toEqual([
      'invalid_resource',
      'spec.destination.key: is missing: upsert needs the columns that identify a record',
    ]);
    expect(refusal({ ...minimal, schedule: 'never' })).toEqual([
      'invalid_schedule',
      expect.stringContaining('spec.schedule: has 1 field instead of five'),
    ]);
  });
});

it.each([
  ['0', 0],
  ['128974848', 128_974_848],
  ['1Gi', 1_073_741_824],
  ['1.5Mi', 1_572_864],
  ['.5k', 500],
  ['500m', 0.5],
  ['1e3', 1000],
  ['12E', 12e18],
  ['2e-1', 0.2],
  ['', null],
  ['1 Gi', null],
  ['-1', null],
  ['1GB', null],
  ['Gi', null],
])('parseQuantity(%j) is %j', (text, value) => {
  expect(parseQuantity(text)).toBe(value);
});

it.each([
  ['* * * * *', null],
  ['*/5 * * * * *', null],
  ['0 0 L * *', null],
  ['0 0 29 2 *', null],
  ['0 0 * * 7', null],
  ['@daily', null],
  ['', 'is empty'],
  ['@sometimes', 'is not a cron expression'],
  ['60 * * * *', "'60' is not valid as minute (0 to 59)"],
  ['0 0 * 13 *', "'13' is not valid as month (1 to 12 or jan to dec)"],
  ['0 0 * * 8', "'8' is not valid as day of the week (0 to 7 or sun to sat)"],
  ['0 0 30 2 *', 'names a day that its months do not have, so it would never come'],
])('cronProblem(%j) is %j', (expression, problem) => {
  expect(cronProblem(expression)).toBe(problem);
});

it.each([
  ['UTC', null],
  ['Etc/GMT-2', null],
  ['America/New_York', null],
  ['europe/berlin', null],
  ['America/NewYork', "is not an IANA time zone (did you mean 'America/New_York'?)"],
  ['GMT+2', 'is not an IANA time zone'],
])('timeZoneProblem(%j) is %j', (zone, problem) => {
  expect(timeZoneProblem(zone)).toBe(problem);
});

it.each([
  ['destnation', 'destination'],
  ['desintation', 'destination'],
  ['time_zone', 'timeZone'],
  ['SOURCE', 'source'],
  ['x', undefined],
  ['sink', undefined],
  ['d'.repeat(1000), undefined],
])('nearest(%j) is %j', (word, near) => {
  expect(nearest(word, ['source', 'destination', 'timeZone'])).toBe(near);
});

it('turns paths into pointers and back', () => {
  const path = ['spec', 'labels', 'a/b~c', '0', ''];
  expect(toPointer(path)).toBe('/spec/labels/a~1b~0c/0/');
  expect(fromPointer(toPointer(path))).toEqual(path);
  expect(toPath(toPointer(path))).toBe('spec.labels."a/b~c"[0].""');
  expect(toPath('')).toBe('');
});
