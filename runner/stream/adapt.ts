/** Destinations that have no form for streams: one writer of records for each batch, written and committed at once. */
import type {
  Column,
  Destination,
  Row,
  StreamRecord,
  StreamWriteRequest,
  StreamWriteResult,
  StreamWriter,
} from '../ports.ts';

/** `onTrouble` is told of a batch that could not be undone: why it failed is what the caller must know. */
export function adaptRecordWriter(
  destination: Destination,
  request: StreamWriteRequest,
  onTrouble: (error: unknown) => void,
): StreamWriter {
  return {
    async write(records: readonly StreamRecord[], signal: AbortSignal): Promise<StreamWriteResult> {
      const rows = records.map(({ row }) => row);
      const writer = await destination.open!({
        mode: request.mode,
        key: request.key,
        columns: columnsOf(rows),
        // Of one batch: the same events make the same id when they are tried again.
        runId: `${request.pipelineId}-${records[0]!.event.id}`,
        ...(request.stream === undefined ? {} : { stream: request.stream }),
      });
      try {
        const failed = await writer.write(rows);
        signal.throwIfAborted();
        await writer.commit();
        return { failed };
      } catch (error) {
        await writer.abort().catch(onTrouble);
        throw error;
      }
    },
    close: () => Promise.resolve(),
  };
}

/** Every column that any of the rows has, in the order in which they come up, with a type that holds all of its values. */
export function columnsOf(rows: readonly Row[]): readonly Column[] {
  const types = new Map<string, string | null>();
  for (const row of rows) {
    for (const name of Object.keys(row)) types.set(name, widest(types.get(name) ?? null, typeOf(row[name])));
  }
  return [...types].map(([name, type]) => ({ name, type: type ?? 'VARCHAR' }));
}

/** Null for null, which every type has. */
function typeOf(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  switch (typeof value) {
    case 'boolean':
      return 'BOOLEAN';
    case 'number':
      return Number.isSafeInteger(value) ? 'BIGINT' : 'DOUBLE';
    case 'bigint':
      return value >= -(2n ** 63n) && value < 2n ** 63n ? 'BIGINT' : 'HUGEINT';
    case 'string':
      return 'VARCHAR';
    default:
      if (value instanceof Date) return 'TIMESTAMP WITH TIME ZONE';
      return value instanceof Uint8Array ? 'BLOB' : 'JSON';
  }
}

const NUMBERS = ['BIGINT', 'HUGEINT', 'DOUBLE'];

function widest(a: string | null, b: string | null): string | null {
  if (a === null || b === null || a === b) return a ?? b;
  const wider = Math.max(NUMBERS.indexOf(a), NUMBERS.indexOf(b));
  if (NUMBERS.includes(a) && NUMBERS.includes(b)) return NUMBERS[wider]!;
  return a === 'JSON' || b === 'JSON' ? 'JSON' : 'VARCHAR';
}
