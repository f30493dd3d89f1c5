/** The columns of a SELECT, typed by looking at every value of it. */
import type { DatabaseSync, StatementColumnMetadata } from 'node:sqlite';
import { setImmediate } from 'node:timers/promises';
import type { Column } from '../../ports.ts';
import { quoteName } from '../../quote.ts';
import { misfits, readType, type StorageClasses } from './columns.ts';

export interface FoundColumn extends Column {
  /** No value of it is anything but a text or null. */
  readonly onlyTexts: boolean;
}

/** Rows looked at before heartbeats and cancellations get their turn: SQLite holds the process while it works. */
const TURN_ROWS = 4096;
/** How many different rows are told apart at a time: most tables have few. */
const MAX_PATTERNS = 1000;
/** SQLite allows expressions a thousand deep. */
const COLUMNS_A_TEXT = 200;

/** Looks at a sample only, when a sample is asked for. */
export async function findColumns(
  database: DatabaseSync,
  select: string,
  limit: number | undefined,
  signal: AbortSignal,
): Promise<readonly FoundColumn[]> {
  const declared = database.prepare(select).columns();
  const sample = limit === undefined ? '' : ` LIMIT ${Math.ceil(limit)}`;
  const statement = database.prepare(
    `SELECT ${patterns(declared).join(', ')} FROM (SELECT * FROM (${select}\n)${sample})`,
  );
  statement.setReturnArrays(true);
  const counts = declared.map(() => ({ integer: 0, real: 0, text: 0, blob: 0, misfit: 0 }));
  const seen = new Map<string, number>();
  let rows = 0;
  for (const row of statement.iterate()) {
    const pattern = (row as unknown as readonly string[]).join('');
    seen.set(pattern, (seen.get(pattern) ?? 0) + 1);
    rows += 1;
    if (seen.size === MAX_PATTERNS) add(seen, counts);
    if (rows % TURN_ROWS !== 0) continue;
    await setImmediate();
    signal.throwIfAborted();
  }
  add(seen, counts);
  return declared.map(({ name, type }, index) => {
    const found = counts[index]!;
    return { name, type: readType(type, found), onlyTexts: found.integer + found.real + found.blob === 0 };
  });
}

/** Texts with two characters for each column: the first of the value's storage class, and whether it is a misfit. */
function patterns(columns: readonly StatementColumnMetadata[]): readonly string[] {
  const parts = columns.map(({ name, type }) => {
    const ref = quoteName(name);
    return `substr(typeof(${ref}), 1, 1) || coalesce(${misfits(type, ref)}, 0)`;
  });
  return Array.from({ length: Math.ceil(parts.length / COLUMNS_A_TEXT) }, (_, at) =>
    parts.slice(at * COLUMNS_A_TEXT, (at + 1) * COLUMNS_A_TEXT).join(' || '),
  );
}

type Counts = { -readonly [K in keyof StorageClasses]-?: number };

/** Adds up what was seen, and forgets it. */
function add(seen: Map<string, number>, counts: readonly Counts[]): void {
  for (const [pattern, rows] of seen) {
    for (const [index, count] of counts.entries()) {
      const kind = KINDS[pattern[index * 2]!];
      if (kind !== undefined) count[kind] += rows;
      if (pattern[index * 2 + 1] === '1') count.misfit += rows;
    }
  }
  seen.clear();
}

const KINDS: Readonly<Record<string, 'integer' | 'real' | 'text' | 'blob'>> = {
  i: 'integer',
  r: 'real',
  t: 'text',
  b: 'blob',
};
