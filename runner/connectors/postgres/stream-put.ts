/** Puts units into the table within a transaction; what the server refuses is found by halving. */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { formatJson } from '../../../store/exact-json.ts';
import type { FailedRecord, StreamWriteRequest } from '../../ports.ts';
import { quoteName } from '../../quote.ts';
import type { TableName } from '../relational/names.ts';
import { escapeText, textOf } from './encode-value.ts';
import { explain } from './errors.ts';
import type { Session } from './session.ts';
import { isRecordRefusal } from './stream-errors.ts';
import type { KnownColumns } from './stream-table.ts';
import type { Unit } from './stream-units.ts';

export interface Putting {
  readonly session: Session;
  readonly table: TableName;
  readonly request: StreamWriteRequest;
  readonly columns: KnownColumns;
  readonly rows: readonly StreamRow[];
  readonly failed: FailedRecord[];
  /** Called before each statement. */
  readonly tick: () => void;
}

/** A row of the batch as it was handed over. */
type StreamRow = Unit['row'];

interface Target {
  readonly name: string;
  readonly type: string;
}

/** Units that have the same columns. A column that a record lacks is left to the table: its default, or what is there. */
export async function putAll(putting: Putting, units: readonly Unit[]): Promise<void> {
  const shapes = new Map<string, { targets: readonly Target[]; units: Unit[] }>();
  for (const unit of units) {
    const targets = targetsOf(unit, putting.columns);
    const id = targets.map(({ name }) => name).join('\0');
    const shape = shapes.get(id);
    if (shape === undefined) shapes.set(id, { targets, units: [unit] });
    else shape.units.push(unit);
  }
  for (const shape of shapes.values()) await put(putting, shape.targets, shape.units);
}

function targetsOf({ row }: Unit, columns: KnownColumns): readonly Target[] {
  const targets: Target[] = [];
  for (const name in row) {
    const type = columns.get(name);
    if (type !== undefined && type !== null && row[name] !== undefined) targets.push({ name, type });
  }
  return targets;
}

async function put(putting: Putting, targets: readonly Target[], units: readonly Unit[]): Promise<void> {
  const { session, tick } = putting;
  tick();
  await session.query('SAVEPOINT part');
  try {
    tick();
    await write(putting, targets, units);
    tick();
    await session.query('RELEASE SAVEPOINT part');
  } catch (error) {
    if (!isRecordRefusal(error)) throw error;
    tick();
    await session.query('ROLLBACK TO SAVEPOINT part; RELEASE SAVEPOINT part');
    if (units.length > 1) {
      const half = Math.ceil(units.length / 2);
      await put(putting, targets, units.slice(0, half));
      await put(putting, targets, units.slice(half));
    } else {
      await refuse(putting, units[0]!, error);
    }
  }
}

/** Of records that became one row, each is tried by itself: one of them is at fault, and the others are not. */
async function refuse(putting: Putting, { indexes }: Unit, error: unknown): Promise<void> {
  if (indexes.length === 1) {
    putting.failed.push({ index: indexes[0]!, reason: explain(error), retryable: false });
    return;
  }
  for (const index of indexes) {
    const single = { row: putting.rows[index]!, indexes: [index] };
    await put(putting, targetsOf(single, putting.columns), [single]);
  }
}

async function write(putting: Putting, targets: readonly Target[], units: readonly Unit[]): Promise<void> {
  const { session, table, request } = putting;
  if (targets.length === 0) {
    await session.query(`INSERT INTO ${table.sql} SELECT FROM generate_series(1, ${units.length})`);
  } else if (request.mode === 'upsert') {
    await session.query(upsert(table, targets, request.key), columnTexts(targets, units));
  } else {
    const list = targets.map(({ name }) => quoteName(name)).join(', ');
    const sink = session.copyIn(`COPY ${table.sql} (${list}) FROM STDIN`);
    await pipeline(Readable.from([Buffer.from(copyText(targets, units))]), sink);
  }
}

function copyText(targets: readonly Target[], units: readonly Unit[]): string {
  let text = '';
  for (const { row } of units) {
    for (let at = 0; at < targets.length; at++) {
      const { name, type } = targets[at]!;
      const value = sqlText(row[name], type);
      text += `${at === 0 ? '' : '\t'}${value === null ? '\\N' : escapeText(value)}`;
    }
    text += '\n';
  }
  return text;
}

const columnTexts = (targets: readonly Target[], units: readonly Unit[]): readonly (readonly (string | null)[])[] =>
  targets.map(({ name, type }) => units.map(({ row }) => sqlText(row[name], type)));

/** In a JSON column a text is a text of JSON, and not JSON itself. */
function sqlText(value: unknown, type: string): string | null {
  if (value === null || value === undefined) return null;
  return type === 'jsonb' || type === 'json' ? formatJson(value) : textOf(value, type);
}

/** No temporary table: one for each batch would bloat the catalogue. */
function upsert(table: TableName, targets: readonly Target[], key: readonly string[]): string {
  const list = targets.map(({ name }) => quoteName(name)).join(', ');
  const values = targets.map(({ type }, index) => `c${index}::${castType(type)}`).join(', ');
  const arrays = targets.map((_target, index) => `$${index + 1}::text[]`).join(', ');
  const names = targets.map((_target, index) => `c${index}`).join(', ');
  const updates = targets
    .filter(({ name }) => !key.includes(name))
    .map(({ name }) => `${quoteName(name)} = EXCLUDED.${quoteName(name)}`);
  const action = updates.length === 0 ? 'DO NOTHING' : `DO UPDATE SET ${updates.join(', ')}`;
  return `INSERT INTO ${table.sql} (${list}) OVERRIDING SYSTEM VALUE SELECT ${values} FROM unnest(${arrays}) AS s(${names})
    ON CONFLICT (${key.map(quoteName).join(', ')}) ${action}`;
}

/** Without lengths: an explicit cast cuts texts to them in silence, where storing refuses. */
function castType(type: string): string {
  const bare = type.replace(/\(-?\d+(?:,-?\d+)?\)/, '');
  return bare.replace(/^character(?! varying)/, 'bpchar').replace(/^bit(?! varying)/, 'bit varying');
}
