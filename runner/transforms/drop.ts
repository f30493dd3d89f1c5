import type { Row, TransformDefinition } from '../ports.ts';
import { quoteName } from '../quote.ts';
import { invalid, requireColumn, requireDistinct, select } from './columns.ts';
import { put } from './rows.ts';

/** Leaves the named columns out; at least one must remain. */
export const drop: TransformDefinition<'drop'> = {
  name: 'drop',
  plan: (spec, input) => {
    requireDistinct(input, spec);
    for (const name of spec) requireColumn(input, name);
    const columns = input.columns.filter((column) => !spec.includes(column.name));
    if (columns.length === 0) throw invalid(input, 'no column would be left');
    const items = columns.map((column) => quoteName(column.name));
    return { columns, sql: (relation) => select(items, relation), record: without(spec) };
  },
  stream: without,
};

function without(names: readonly string[]): (row: Row) => Row {
  const gone = new Set(names);
  return (row) => {
    const out: Row = {};
    for (const name of Object.keys(row)) if (!gone.has(name)) put(out, name, row[name]);
    return out;
  };
}
