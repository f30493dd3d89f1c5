import { HeadgateError } from '../../foundation/errors.ts';
import { parseDuration, sleep } from '../../foundation/time.ts';
import type { Connector, ConnectorContext, ReadRequest, Row, Source } from '../ports.ts';
import { expressionsOf, relationOf, type Expression } from './generator/columns.ts';
import { PRESETS } from './generator/presets.ts';
import { GeneratorSettings } from './generator/settings.ts';
import { isFinal, issuesOf } from './static-issues.ts';

/** Deterministic fake data, computed by DuckDB while it is read. */
export const generator: Connector<typeof GeneratorSettings> = {
  name: 'generator',
  title: 'Generated data',
  summary: 'Makes up repeatable rows, for demos, tests and benchmarks.',
  settings: GeneratorSettings,
  examples: [
    { title: 'Ten thousand orders', settings: { rows: 10_000 } },
    {
      title: 'Columns of your own',
      settings: {
        rows: 500,
        seed: 42,
        columns: [
          { name: 'id', sequence: { start: 1000 } },
          { name: 'price', decimal: { min: 0.5, max: 99.95 } },
          { name: 'colour', choice: { values: ['red', 'green'], weights: [3, 1] }, nulls: 0.1 },
        ],
      },
    },
    {
      title: 'A new row every second',
      settings: { rows: 100_000_000, growth: { since: '2025-01-01T00:00:00Z', every: '1s' } },
    },
  ],
  sourceStream: {
    required: false,
    description: `Which preset: ${Object.keys(PRESETS).join(', ')}. Not needed with \`columns\`.`,
    example: 'orders',
  },
  source: (settings, ctx) => generatorSource(settings, ctx),
  validate: (settings, { stream }) => [
    ...(stream === undefined || isFinal(stream)
      ? issuesOf(settings.columns === undefined ? '/stream' : '/settings/columns', () =>
          expressionsOf(columnsOf(settings, stream), settings.seed ?? 1),
        )
      : []),
    ...(isFinal(settings.growth?.every) && isFinal(settings.growth?.since)
      ? issuesOf('/settings/growth/every', () => rowsNow(settings, 0))
      : []),
  ],
  check: () => Promise.resolve({ ok: true, message: 'always there', streams: Object.keys(PRESETS) }),
};

function generatorSource(settings: GeneratorSettings, ctx: ConnectorContext): Source {
  return {
    open(request) {
      const columns = expressionsOf(columnsOf(settings, request.stream), settings.seed ?? 1);
      const rows = rowsNow(settings, Date.now());
      if (settings.rowsPerSecond === undefined) {
        return Promise.resolve({
          form: 'sql',
          relation: relationOf(columns, 0, rows),
          filtered: false,
          estimate: rows,
        });
      }
      const batches = slowly(columns, rows, settings.rowsPerSecond, request, ctx.signal);
      return Promise.resolve({
        form: 'rows',
        columns: columns.map(({ name, type }) => ({ name, type })),
        batches,
        filtered: false,
      });
    },
  };
}

function columnsOf({ columns }: GeneratorSettings, stream: string | undefined) {
  if (columns !== undefined) return columns;
  const preset = Object.hasOwn(PRESETS, stream ?? '') ? PRESETS[stream!] : undefined;
  if (preset !== undefined) return preset;
  throw new HeadgateError(
    'invalid_settings',
    stream === undefined ? 'the generator needs a stream or `columns`' : `the generator has no stream '${stream}'`,
    { hint: `streams: ${Object.keys(PRESETS).join(', ')}` },
  );
}

function rowsNow({ rows = 1000, growth }: GeneratorSettings, now: number): number {
  if (growth === undefined) return rows;
  const every = parseDuration(growth.every);
  if (every === 0) throw new HeadgateError('invalid_settings', "'growth.every' must not be zero");
  return Math.min(rows, Math.max(0, Math.floor((now - Date.parse(growth.since)) / every)));
}

/** Ten batches a second. */
async function* slowly(
  columns: readonly Expression[],
  rows: number,
  perSecond: number,
  { duck, limit, incremental }: ReadRequest,
  signal: AbortSignal,
): AsyncGenerator<readonly Row[]> {
  const end = limit === undefined || incremental !== undefined ? rows : Math.min(rows, limit);
  const size = Math.max(1, Math.ceil(perSecond / 10));
  const start = performance.now();
  for (let from = 0; from < end; from += size) {
    const to = Math.min(end, from + size);
    const result = await duck.runAndReadAll(`SELECT * FROM ${relationOf(columns, from, to)}`);
    yield result.getRowObjectsJS();
    const due = start + (to / perSecond) * 1000;
    await sleep(Math.max(0, due - performance.now()), signal);
  }
}
