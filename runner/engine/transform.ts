/** Transform: the declared transforms become one SELECT, and its result one Parquet file. */
import { rename } from 'node:fs/promises';
import { HeadgateError, messageOf } from '../../foundation/errors.ts';
import type { Transform, TransformName } from '../../crds/index.ts';
import type { Column } from '../ports.ts';
import { quoteName, quotePath, quoteText } from '../quote.ts';
import { refuseRounding } from '../union.ts';
import { planTransform } from '../transforms/index.ts';
import { insertVariables } from '../variables-in-code.ts';
import { duckError } from './duck-errors.ts';
import type { Extracted } from './extract.ts';
import type { Job } from './job.ts';
import { transformText } from './transform-variables.ts';

export interface Result {
  readonly parquet: string;
  /** A relation over the file. */
  readonly relation: string;
  readonly columns: readonly Column[];
  readonly rows: number;
}

/** What the last transform answers, not yet computed. */
export interface Planned {
  readonly relation: string;
  readonly columns: readonly Column[];
}

/** Runs the whole chain and writes the run's output: aside first, so that it is there complete or not at all. */
export async function transform(job: Job, sources: readonly Extracted[]): Promise<Result | null> {
  const planned = await planTransforms(job, sources);
  if (planned === null) return null;
  const { duck, progress } = job;
  progress.begin('transform');
  if (sources.every(({ estimate }) => estimate !== undefined)) {
    const rows = sources.reduce((sum, { estimate }) => sum + estimate!, 0);
    progress.estimate(rows, () => duck.fraction());
  }
  const aside = `${job.scratch}/output.parquet`;
  try {
    await duck.run(
      `COPY (${storable(planned)}) TO ${quoteText(aside)} (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1)`,
    );
  } catch (error) {
    job.signal.throwIfAborted();
    throw readingFailed(error)
      ? duckError(error, 'source_failed', 'reading')
      : duckError(error, 'invalid_transform', 'transforming');
  }
  // A runner that was believed dead must not put its file over that of the next one.
  await job.lease.confirm();
  await rename(aside, job.output);
  const relation = `read_parquet(${quotePath(job.output)}, hive_partitioning = false)`;
  const rows = await duck.count(relation);
  progress.end(rows);
  job.log('info', `transform: ${rows} rows`);
  return { parquet: job.output, relation, columns: await duck.describe(relation), rows };
}

// Lazy sources are read by the same statement that transforms: the reader's own messages tell it apart.
const readingFailed = (error: unknown): boolean =>
  /CSV Error|Malformed JSON|JSON transform error|No magic bytes|IO Error|No files found/i.test(messageOf(error));

/** Fits every transform to the columns that reach it; null when no source has any. Throws `invalid_transform`. */
export async function planTransforms(job: Job, sources: readonly Extracted[]): Promise<Planned | null> {
  let planned = await input(job, sources);
  if (planned === null) return null;
  const { pipeline } = job.assignment;
  const names = sources.map(({ name }) => name);
  for (const [index, entry] of pipeline.transforms.entries()) {
    const at = `transform[${index}].${nameOf(entry)}`;
    const spec = withVariables(job, entry, at);
    const step = planTransform(spec, index, { columns: planned.columns, sources: names });
    const relation: string = `(${step.sql(planned.relation)})`;
    try {
      await step.check?.(job.duck.connection);
      planned = { relation, columns: step.columns ?? (await job.duck.describe(relation)) };
    } catch (error) {
      job.signal.throwIfAborted();
      throw missingSource(error, sources, at) ?? duckError(error, 'invalid_transform', at, `/spec/transforms/${index}`);
    }
  }
  return planned;
}

/** What DuckDB says of SQL over a source that brought neither a record nor columns, in words that help. */
function missingSource(error: unknown, sources: readonly Extracted[], at: string): HeadgateError | null {
  const name = /Table with name (.+?) does not exist/.exec(messageOf(error))?.[1]?.toLowerCase();
  const empty = sources.find((source) => source.relation === null && source.name.toLowerCase() === name);
  if (empty === undefined) return null;
  return new HeadgateError(
    'source_failed',
    `${at}: source '${empty.name}' brought no record this time, and does not tell its columns without one`,
    { cause: error, hint: 'read it from a source that knows its columns (a table, CSV with a header, Parquet)' },
  );
}

/** The transform with the run's variables put into its code. */
function withVariables(job: Job, entry: Transform, at: string): Transform {
  const name = nameOf(entry);
  const insert = transformText(name, (code, language) =>
    insertVariables(code, language, job.assignment.pipeline.variables, at),
  );
  return { [name]: insert(entry[name]) };
}

const nameOf = (entry: Transform): TransformName => Object.keys(entry)[0] as TransformName;

/** The only source, or all of them one after the other by column name. */
async function input(job: Job, sources: readonly Extracted[]): Promise<Planned | null> {
  const known = sources.filter((source): source is Extracted & { relation: string } => source.relation !== null);
  const [first, ...others] = known;
  if (first === undefined) return null;
  if (others.length === 0) return { relation: first.relation, columns: first.columns };
  const relation = `(${known.map((source) => `SELECT * FROM ${source.relation}`).join(' UNION ALL BY NAME ')})`;
  try {
    const columns = await job.duck.describe(relation);
    await refuseRounding(job.duck.connection, known, columns);
    return { relation, columns };
  } catch (error) {
    job.signal.throwIfAborted();
    throw duckError(error, 'source_failed', 'the sources cannot be appended to each other', '/spec/sources');
  }
}

/** A SELECT whose types Parquet keeps: it has no 128-bit integers, bit strings or unions. */
function storable({ relation, columns }: Planned): string {
  const casts = columns
    .map(({ name, type }) => ({ name: quoteName(name), as: storedType(type) }))
    .filter(({ as }) => as !== null)
    .map(({ name, as }) => `CAST(${name} AS ${as}) AS ${name}`);
  return `SELECT *${casts.length === 0 ? '' : ` REPLACE (${casts.join(', ')})`} FROM ${relation}`;
}

function storedType(type: string): string | null {
  if (type.startsWith('UNION(')) return 'VARCHAR';
  // Within lists and structures too; what stands in quotes or before a space there is the name of a field.
  const stored = type.replaceAll(/"(?:[^"]|"")*"|'(?:[^']|'')*'|\b[A-Z]+\b(?! )/g, (word) => STORED_AS[word] ?? word);
  return stored === type ? null : stored;
}

const STORED_AS: Readonly<Record<string, string>> = {
  HUGEINT: 'DECIMAL(38,0)',
  UHUGEINT: 'DECIMAL(38,0)',
  BIT: 'VARCHAR',
  BIGNUM: 'VARCHAR',
  VARIANT: 'VARCHAR',
};
