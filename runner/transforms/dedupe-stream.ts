import { parseDuration } from '../../foundation/time.ts';
import type { Transform } from '../../crds/index.ts';
import { compareNumbers, compareText } from '../cel/values.ts';
import type { StreamBatchTransform, StreamRecord } from '../ports.ts';
import { get } from './rows.ts';
import { canonical, keyText, SeenKeys, type Seen } from './seen-keys.ts';

const DEFAULT_WINDOW = '10m';

type DedupeSpec = NonNullable<Transform['dedupe']>;

/** Records of one key that came within the window of each other in one batch, as numbers of records. */
interface Group {
  /** What was remembered of the key when the group began. */
  readonly known: Seen | undefined;
  last: number;
  best: number;
}

/**
 * One record for each key within a window, which counts from the last record of the key that came, by the times at which
 * events were received: after a restart the same events make the same. Of one batch stays what the SQL form keeps. Of what comes
 * later, `first` keeps nothing while the key is known, and `latest` what is newer by `by` than all before; without `by`, what
 * arrives later is newer, so that only records of one batch are compared.
 */
export function dedupeStream({ key, keep = 'latest', by, window }: DedupeSpec): StreamBatchTransform {
  const windowMs = parseDuration(window ?? DEFAULT_WINDOW);
  const remembers = keep === 'first' || by !== undefined;
  const seen = new SeenKeys(windowMs);
  const orderOf = ({ row }: StreamRecord): unknown => (by === undefined ? null : get(row, by));

  /** Whether a record that came later takes the place of one before it. */
  const replaces = (later: StreamRecord, before: StreamRecord): boolean => {
    const order = by === undefined ? 0 : compareBy(orderOf(later), orderOf(before), keep);
    return keep === 'latest' ? order >= 0 : order < 0;
  };

  /** Whether what was remembered lets the best of a group through; remembers the group. */
  const settle = (text: string, group: Group, batch: readonly StreamRecord[]): boolean => {
    if (!remembers) return true;
    const { known } = group;
    const order = orderOf(batch[group.best]!);
    const isNew = known === undefined || (keep === 'latest' && compareBy(order, known.by, keep) > 0);
    const highest = keep === 'first' ? null : isNew ? order : known.by;
    seen.put(text, { at: batch[group.last]!.event.receivedAt, by: highest });
    return isNew;
  };

  return {
    windowMs: remembers ? windowMs : 0,
    keep: (batch) => {
      const kept: number[] = [];
      const groups = new Map<string, Group>();
      for (const [index, record] of batch.entries()) {
        const text = keyText(record.row, key);
        const group = groups.get(text);
        if (group === undefined || record.event.receivedAt - batch[group.last]!.event.receivedAt > windowMs) {
          if (group !== undefined && settle(text, group, batch)) kept.push(group.best);
          // Looked up here, in the order of time, since looking forgets what the window has passed.
          const known = remembers ? seen.get(text, record.event.receivedAt) : undefined;
          groups.set(text, { known, last: index, best: index });
        } else {
          group.last = index;
          if (replaces(record, batch[group.best]!)) group.best = index;
        }
      }
      for (const [text, group] of groups) if (settle(text, group, batch)) kept.push(group.best);
      return kept.sort((a, b) => a - b).map((index) => batch[index]!);
    },
  };
}

/** The order of two values of `by` as SQL has it. Null is older than anything for `latest`, newer than anything for `first`. */
function compareBy(a: unknown, b: unknown, keep: 'latest' | 'first'): number {
  if (a === null || b === null) {
    const order = Number(a !== null) - Number(b !== null);
    return keep === 'latest' ? order : -order;
  }
  if (isNumber(a) && isNumber(b)) return compareNumbers(a, b);
  if (typeof a === 'string' && typeof b === 'string') return compareText(a, b);
  if (a instanceof Date && b instanceof Date) return a.getTime() - b.getTime();
  // Values of different types have an order, too, so that no record stands in the way of the others.
  return compareText(`${rankOf(a)}${canonical(a)}`, `${rankOf(b)}${canonical(b)}`);
}

const isNumber = (value: unknown): value is number | bigint => typeof value === 'number' || typeof value === 'bigint';

/** Truth values first, then numbers, times, texts, and all else. */
function rankOf(value: unknown): number {
  if (typeof value === 'boolean') return 0;
  if (isNumber(value)) return 1;
  if (value instanceof Date) return 2;
  return typeof value === 'string' ? 3 : 4;
}
