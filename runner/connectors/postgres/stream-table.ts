/** The table of a stream: what is known of it, and the DDL that makes it take the records of a batch. */
import type { StreamWriteRequest } from '../../ports.ts';
import { quoteName } from '../../quote.ts';
import { columnType, parseDuckType } from '../relational/column-types.ts';
import type { TableName } from '../relational/names.ts';
import { isRetryable, sqlState } from './errors.ts';
import type { Session } from './session.ts';
import { fitting, kindOf, newColumnType, type Kind } from './stream-kinds.ts';
import type { Unit } from './stream-units.ts';
import { columnsOf, createTable, lockTable, requireUnique } from './table.ts';

/** Column → type as `format_type` spells it; null where the database computes the column. */
export type KnownColumns = ReadonlyMap<string, string | null>;

/** What a batch brings for a column. */
export interface Arriving {
  readonly kinds: Set<Kind>;
  /** Length of its longest text, in characters of UTF-16. */
  longest: number;
}

interface Change {
  readonly name: string;
  readonly to: string;
  readonly how: 'add' | 'widen';
}

/** Null values say nothing about their column. */
export function arrivingIn(units: readonly Unit[]): ReadonlyMap<string, Arriving> {
  const arriving = new Map<string, Arriving>();
  for (const { row } of units) {
    for (const name in row) {
      const value = row[name];
      const kind = kindOf(value);
      if (kind === null) continue;
      let column = arriving.get(name);
      if (column === undefined) arriving.set(name, (column = { kinds: new Set(), longest: 0 }));
      column.kinds.add(kind);
      if (typeof value === 'string' && value.length > column.longest) column.longest = value.length;
    }
  }
  return arriving;
}

/** What must be done first so that the table takes as much as it can. */
export function changesFor(
  known: KnownColumns,
  arriving: ReadonlyMap<string, Arriving>,
  request: Typing,
): readonly Change[] {
  const changes: Change[] = [];
  for (const [name, { kinds, longest }] of arriving) {
    const type = known.get(name);
    if (type === null) continue;
    if (type === undefined) {
      changes.push({ name, how: 'add', to: typeFor(name, kinds, request) });
      continue;
    }
    if (type === castType(name, request)) continue;
    let wide = type;
    for (const kind of kinds) {
      const fit = fitting(wide, kind);
      if (fit.fits === 'wider') wide = fit.to;
      // Doubling keeps the number of changes small when every batch brings a slightly longer text.
      if (fit.fits === 'shorter' && longest > fit.most) {
        wide = wide.replace(/\d+/, String(Math.max(longest, fit.most * 2)));
      }
    }
    if (wide !== type) changes.push({ name, how: 'widen', to: wide });
  }
  return changes;
}

/** What tells more of a field's type than its values do. */
type Typing = Pick<StreamWriteRequest, 'include' | 'types'>;

function typeFor(name: string, kinds: ReadonlySet<Kind>, request: Typing): string {
  // When an event was received is a time, though it comes as text.
  if (name === 'received_at' && request.include.includes('received_at')) return 'timestamp with time zone';
  return castType(name, request) ?? newColumnType(kinds);
}

/** The type of a column that takes exactly what `cast` makes, as `format_type` spells it; undefined for other fields. */
function castType(name: string, { types }: Typing): string | undefined {
  const type = types?.get(name);
  return type === undefined ? undefined : columnType(parseDuckType(type));
}

/**
 * Creates or changes the table within the transaction where that is needed, and answers its columns then. Throws what
 * the server says, or `destination_failed` when `upsert` finds no unique index.
 */
export async function fitTable(
  session: Session,
  table: TableName,
  request: StreamWriteRequest,
  known: KnownColumns | null,
  arriving: ReadonlyMap<string, Arriving>,
): Promise<KnownColumns> {
  if (known !== null && changesFor(known, arriving, request).length === 0) return known;
  await lockTable(session, table);
  const existing = await columnsOf(session, table);
  if (existing === null) {
    const columns = [...arriving].map(([name, { kinds }]) => ({ name, type: typeFor(name, kinds, request) }));
    await createTable(session, table, columns, request.mode === 'upsert' ? request.key : []);
    return new Map(columns.map(({ name, type }) => [name, type]));
  }
  if (request.mode === 'upsert') await requireUnique(session, table, request.key);
  const columns = new Map(existing.map(({ name, type, generated }) => [name, generated ? null : type]));
  for (const change of changesFor(columns, arriving, request)) {
    if (change.how === 'widen' && !(await widened(session, table, change))) continue;
    if (change.how === 'add') {
      await session.query(`ALTER TABLE ${table.sql} ADD COLUMN ${quoteName(change.name)} ${change.to}`);
    }
    columns.set(change.name, change.to);
  }
  return columns;
}

/** A column that cannot be changed (a view stands on it, the user does not own it) stays: what does not fit is refused. */
async function widened(session: Session, { sql }: TableName, { name, to }: Change): Promise<boolean> {
  await session.query('SAVEPOINT widen');
  try {
    await session.query(`ALTER TABLE ${sql} ALTER COLUMN ${quoteName(name)} TYPE ${to}; RELEASE SAVEPOINT widen`);
    return true;
  } catch (error) {
    if (sqlState(error) === undefined || isRetryable(error)) throw error;
    await session.query('ROLLBACK TO SAVEPOINT widen; RELEASE SAVEPOINT widen');
    return false;
  }
}

/** Why a unit's values do not fit the table, in the order of `units`; null where they do. */
export function misfits(
  units: readonly Unit[],
  columns: KnownColumns,
  arriving: ReadonlyMap<string, Arriving>,
  request: Typing,
): readonly (string | null)[] {
  const checks = new Map<string, Map<Kind, (value: unknown) => boolean>>();
  for (const [name, { kinds }] of arriving) {
    const type = columns.get(name);
    if (type === undefined || type === null || type === castType(name, request)) continue;
    for (const kind of kinds) {
      const fit = fitting(type, kind);
      if (fit.fits === 'all' || fit.fits === 'shorter') continue;
      const check = fit.fits === 'some' ? fit.exact : () => false;
      checks.set(name, (checks.get(name) ?? new Map<Kind, (value: unknown) => boolean>()).set(kind, check));
    }
  }
  if (checks.size === 0) return units.map(() => null);
  return units.map(({ row }) => {
    for (const [name, byKind] of checks) {
      const kind = kindOf(row[name]);
      const check = kind === null ? undefined : byKind.get(kind);
      if (check !== undefined && !check(row[name])) {
        return `column '${name}' is ${columns.get(name)}, which does not take this ${WORDS[kind!] ?? 'number'} as it is`;
      }
    }
    return null;
  });
}

const WORDS: Readonly<Partial<Record<Kind, string>>> = {
  BOOLEAN: 'boolean',
  VARCHAR: 'text',
  JSON: 'object',
  LIST: 'array',
  BLOB: 'binary value',
  TIMESTAMPTZ: 'time',
};
