import type { Row, TransformDefinition } from '../ports.ts';
import { quoteName } from '../quote.ts';
import { requireColumn, requireDistinct, select } from './columns.ts';
import { get, put } from './rows.ts';

/** Keeps the named columns, in the order given. */
export const selectColumns: TransformDefinition<'select'> = {
  name: 'select',
  plan: (spec, input) => {
    requireDistinct(input, spec);
    const columns = spec.map((name) => requireColumn(input, name));
    const items = spec.map(quoteName);
    return { columns, sql: (relation) => select(items, relation), record: keeping(spec) };
  },
  stream: keeping,
};

/** A column that a record lacks is null. */
function keeping(names: readonly string[]): (row: Row) => Row {
  return (row) => {
    const out: Row = {};
    for (const name of names) put(out, name, get(row, name));
    return out;
  };
}
