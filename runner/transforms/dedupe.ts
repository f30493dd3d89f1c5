import { quoteName } from '../quote.ts';
import type { Column, TransformDefinition } from '../ports.ts';
import { requireColumn, requireDistinct, select } from './columns.ts';
import { dedupeStream } from './dedupe-stream.ts';

/**
 * One record for each key; records without a key value are one group. What stays keeps its place by arrival. Among equal
 * values of `by`, `latest` keeps the one that arrived last and `first` the one that arrived first; null in `by` is older
 * than anything for `latest` and newer than anything for `first`. The form for streams stands in `dedupe-stream.ts`.
 */
export const dedupe: TransformDefinition<'dedupe'> = {
  name: 'dedupe',
  plan: (spec, input) => {
    requireDistinct(input, spec.key);
    const { columns } = input;
    const keys = spec.key.map((name) => quoteName(requireColumn(input, name).name));
    const direction = spec.keep === 'first' ? 'ASC' : 'DESC';
    const arrival = quoteName(unusedName(columns));
    const by =
      spec.by === undefined ? '' : `${quoteName(requireColumn(input, spec.by).name)} ${direction} NULLS LAST, `;
    const rank = `row_number() OVER (PARTITION BY ${keys.join(', ')} ORDER BY ${by}${arrival} ${direction})`;
    const items = columns.map((column) => quoteName(column.name));
    return {
      columns,
      sql: (relation) => {
        const numbered = `(SELECT *, row_number() OVER () AS ${arrival} FROM ${relation})`;
        return `${select(items, numbered)} QUALIFY ${rank} = 1 ORDER BY ${arrival}`;
      },
    };
  },
  streamBatch: dedupeStream,
};

/** A column name for the arrival that no column has. */
function unusedName(columns: readonly Column[]): string {
  const taken = new Set(columns.map((column) => column.name.toLowerCase()));
  let name = '_arrival';
  while (taken.has(name)) name = `_${name}`;
  return name;
}
