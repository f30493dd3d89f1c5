/** Incremental reading: where a source starts, which records are new, and how far it was read. */
import { HeadgateError } from '../../foundation/errors.ts';
import { contentHash } from '../../foundation/ids.ts';
import type { IncrementalState } from '../../store/ports.ts';
import type { Column } from '../ports.ts';
import { quoteName, quoteText } from '../quote.ts';
import type { ResolvedSource } from '../spec.ts';
import type { Duck } from './duck.ts';
import type { Job } from './job.ts';

export interface Start {
  /** What is read: the state of another table, file or query says nothing about it. */
  readonly origin: string;
  readonly cursor: string;
  /** Only records past this are read; null: all. */
  readonly after: string | null;
  /** The DuckDB type of `after`; null when it comes from the pipeline. */
  readonly type: string | null;
  /** What was stored before; kept when nothing newer comes. */
  readonly previous?: IncrementalState;
}

/** Where the source starts; null when it is not incremental. */
export async function startOf(job: Job, spec: ResolvedSource): Promise<Start | null> {
  const { incremental } = spec;
  if (incremental === undefined) return null;
  const { cursor, initial = null } = incremental;
  const origin = originOf(spec);
  const stored = job.assignment.fullRefresh ? undefined : job.state[spec.name];
  const fromStart: Start = { origin, cursor, after: initial, type: null };
  if (stored === undefined) return fromStart;
  if (stored.cursor !== cursor) {
    job.log('warn', `source '${spec.name}': the cursor is now '${cursor}', so all is read again`);
    return fromStart;
  }
  if (stored.origin !== '' && stored.origin !== origin) {
    job.log('warn', `source '${spec.name}': it is now ${origin} instead of ${stored.origin}, so all is read again`);
    return fromStart;
  }
  const after = await lookBack(job, stored, incremental.lookbackMs ?? 0);
  job.log('info', `source '${spec.name}': reading what is past ${after}`);
  return { origin, cursor, after, type: stored.type, previous: stored };
}

/**
 * Connector, stream and query; where it has neither, the file or address it reads. Other settings are left out, since a new
 * host or timeout makes it no other table. References stand as they are declared.
 */
function originOf({ connector, stream, query, settings }: ResolvedSource): string {
  if (query !== undefined) return `${connector}, query ${contentHash(query).slice(0, 12)}`;
  const what = stream ?? settings['path'] ?? settings['url'];
  return typeof what === 'string' ? `${connector}, ${what}` : connector;
}

async function lookBack(job: Job, stored: IncrementalState, lookbackMs: number): Promise<string> {
  if (lookbackMs === 0) return stored.value;
  if (/^(?:DATE|TIMESTAMP)/.test(stored.type)) {
    const value = `CAST(${quoteText(stored.value)} AS ${stored.type})`;
    const earlier = `CAST(${value} - INTERVAL '${lookbackMs} milliseconds' AS ${stored.type})`;
    return String(await job.duck.value(`SELECT CAST(${earlier} AS VARCHAR)`));
  }
  const instant = stored.type === 'VARCHAR' ? Date.parse(stored.value) : Number.NaN;
  if (Number.isNaN(instant)) {
    job.log('warn', `lookback is for time cursors, and '${stored.cursor}' is ${stored.type}: it is left out`);
    return stored.value;
  }
  return new Date(instant - lookbackMs).toISOString();
}

/** ` WHERE cursor > after`, compared as the type that the cursor has now. */
export async function afterCondition(duck: Duck, relation: string, start: Start): Promise<string> {
  const column = await cursorColumn(duck, relation, await duck.describe(relation), start);
  if (start.after === null) return '';
  if (column === null) return ' WHERE false';
  const after = `CAST(${quoteText(start.after)} AS ${column.type})`;
  if ((await duck.value(`SELECT TRY_${after}`)) === null) {
    throw unlike(start, `'${start.after}', from where it is to be read, is no ${column.type}`);
  }
  return ` WHERE ${quoteName(column.name)} > ${after}`;
}

const ENDLESS = /^(?:FLOAT|DOUBLE|DATE|TIMESTAMP)/;

/** The highest cursor in `table`, never lower than before; null when there is none. */
export async function nextState(
  duck: Duck,
  table: string,
  columns: readonly Column[],
  start: Start,
): Promise<IncrementalState | null> {
  const { previous: before = null } = start;
  const column = await cursorColumn(duck, table, columns, start);
  if (column === null) return before;
  const { name, type } = column;
  // Nothing is past NaN or infinity: kept as the state, they would end the reading for ever.
  const finite = ENDLESS.test(type) ? ` FILTER (isfinite(${quoteName(name)}))` : '';
  const newest = `max(${quoteName(name)})${finite}`;
  const previous = before === null ? 'NULL' : quoteText(before.value);
  const value = await duck.value(
    `SELECT CAST(greatest(${newest}, TRY_CAST(${previous} AS ${type})) AS VARCHAR) FROM ${table}`,
  );
  return value === null ? before : { origin: start.origin, cursor: start.cursor, value: String(value), type };
}

type Family = 'number' | 'time' | 'text' | 'none';

const familyOf = (type: string): Family =>
  /^(?:U?(?:TINY|SMALL|BIG|HUGE)INT|U?INTEGER|DECIMAL|FLOAT|DOUBLE)/.test(type)
    ? 'number'
    : /^(?:DATE|TIMESTAMP)/.test(type)
      ? 'time'
      : /^(?:JSON$|STRUCT|MAP|UNION)|\]$/.test(type)
        ? 'none'
        : 'text';

/** Texts that are numbers or times now keep their order; the other way round '1000' comes before '99'. */
const keepsOrder = (before: Family, now: Family): boolean => before === now || before === 'text';

/** The cursor among the columns; null when no record has one, so that its type says nothing. Throws `source_failed`. */
async function cursorColumn(
  duck: Duck,
  relation: string,
  columns: readonly Column[],
  start: Start,
): Promise<Column | null> {
  const { cursor, type, after } = start;
  const column = columns.find(({ name }) => name.toLowerCase() === cursor.toLowerCase());
  if (column === undefined) {
    throw new HeadgateError('source_failed', `the incremental cursor '${cursor}' is not among the columns`, {
      hint: `columns: ${columns.map(({ name }) => name).join(', ')}`,
    });
  }
  const family = familyOf(column.type);
  const unordered = family === 'none';
  const changed = after !== null && type !== null && !keepsOrder(familyOf(type), family);
  if (!unordered && !changed) return column;
  // Files without records, and JSON where all are null, have columns of any type.
  const some = `SELECT 1 FROM ${relation} WHERE ${quoteName(column.name)} IS NOT NULL LIMIT 1`;
  if ((await duck.value(some)) === null) return null;
  throw unordered
    ? new HeadgateError('source_failed', `the incremental cursor '${cursor}' is ${column.type}, which has no order`, {
        hint: 'choose a column of numbers, texts or times',
      })
    : unlike(start, `it was ${type} and is ${column.type} now`);
}

function unlike({ cursor }: Start, why: string): HeadgateError {
  return new HeadgateError(
    'source_failed',
    `the incremental cursor '${cursor}' cannot be compared with what was read before: ${why}`,
    { hint: 'give the column its type at the source, or start anew with a full refresh' },
  );
}
