import { compileCel, evaluateCel } from '../cel/index.ts';
import { quoteName } from '../quote.ts';
import type { Column, Row, TransformDefinition } from '../ports.ts';
import { named, requireNoClash, select } from './columns.ts';
import { put } from './rows.ts';

/**
 * New columns at the end, replaced ones in their place. Every expression sees the record as it arrived, so the order of
 * the keys does not matter.
 */
export const set: TransformDefinition<'set'> = {
  name: 'set',
  plan: (spec, input) => {
    const assigned = new Map(
      Object.entries(spec).map(([name, expression]) => [
        name,
        compileCel(expression, input.columns, `${input.at}.${name}`),
      ]),
    );
    const present = new Set(input.columns.map((column) => column.name));
    const added: Column[] = [...assigned]
      .filter(([name]) => !present.has(name))
      .map(([name, { type }]) => ({ name, type }));
    const columns = [
      ...input.columns.map((column) => ({ ...column, type: assigned.get(column.name)?.type ?? column.type })),
      ...added,
    ];
    requireNoClash(input, columns);
    const items = columns.map(({ name }) => named(assigned.get(name)?.sql ?? quoteName(name), name));
    const assign = assigning([...assigned].map(([name, { evaluate }]) => [name, evaluate]));
    return { columns, sql: (relation) => select(items, relation), record: (row) => assign(row, null) };
  },
  stream: (spec, at) =>
    assigning(Object.entries(spec).map(([name, expression]) => [name, evaluateCel(expression, `${at}.${name}`)])),
};

function assigning<E>(
  assigned: readonly (readonly [string, (row: Row, event: E) => unknown])[],
): (row: Row, event: E) => Row {
  return (row, event) => {
    const out: Row = { ...row };
    for (const [name, evaluate] of assigned) put(out, name, evaluate(row, event));
    return out;
  };
}
