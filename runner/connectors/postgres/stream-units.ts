/** What of a batch goes to the table, row by row. */
import type { FailedRecord, Row, StreamWriteRequest } from '../../ports.ts';

/** A row to write, and the records of the batch that it stands for: with `upsert`, those of one key in their order. */
export interface Unit {
  readonly row: Row;
  readonly indexes: readonly number[];
}

/** PostgreSQL cuts longer names (NAMEDATALEN), in bytes. */
const MAX_NAME = 63;

/** Every table has these columns already, for PostgreSQL itself. */
const SYSTEM_NAMES: ReadonlySet<string> = new Set(['ctid', 'xmin', 'cmin', 'xmax', 'cmax', 'tableoid']);

/**
 * With `upsert`, records of the same key become one row: of each field the last value wins, as if they were written one
 * after the other. What no table can take at all is refused here.
 */
export function unitsOf(rows: readonly Row[], request: StreamWriteRequest, failed: FailedRecord[]): readonly Unit[] {
  const { mode, key } = request;
  const units: Unit[] = [];
  const byKey = new Map<string, number>();
  for (const [index, row] of rows.entries()) {
    const reason = reasonToRefuse(row, mode === 'upsert' ? key : []);
    if (reason !== null) {
      failed.push({ index, reason, retryable: false });
      continue;
    }
    const id = mode === 'upsert' ? key.map((name) => JSON.stringify(keyText(row[name]))).join() : null;
    const at = id === null ? undefined : byKey.get(id);
    if (at === undefined) {
      if (id !== null) byKey.set(id, units.length);
      units.push({ row, indexes: [index] });
    } else {
      const before = units[at]!;
      units[at] = { row: { ...before.row, ...defined(row) }, indexes: [...before.indexes, index] };
    }
  }
  return units;
}

function reasonToRefuse(row: Row, key: readonly string[]): string | null {
  if (key.some((name) => (row[name] ?? null) === null)) return `the key (${key.join(', ')}) is null`;
  for (const name in row) {
    if (name === '' || name.includes('\0')) return 'the name of a field is empty or holds a null character';
    if (SYSTEM_NAMES.has(name)) return `PostgreSQL takes no field of the name '${name}'`;
    // A character has at most three bytes in UTF-8 for each unit in UTF-16.
    if (name.length * 3 > MAX_NAME && Buffer.byteLength(name) > MAX_NAME) {
      return `the name of a field is longer than ${MAX_NAME} bytes: '${name.slice(0, 20)}…'`;
    }
  }
  return null;
}

const keyText = (value: unknown): string => (typeof value === 'object' ? JSON.stringify(value) : String(value));

const defined = (row: Row): Row => Object.fromEntries(Object.entries(row).filter(([, value]) => value !== undefined));
