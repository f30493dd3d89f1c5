import { HeadgateError } from '../../foundation/errors.ts';
import type { Row, TransformDefinition } from '../ports.ts';
import { quoteName } from '../quote.ts';
import { named, requireColumn, requireNoClash, select } from './columns.ts';
import { put } from './rows.ts';

/** Gives columns new names, each in its place. All at once, so that two can swap names. */
export const rename: TransformDefinition<'rename'> = {
  name: 'rename',
  plan: (spec, input) => {
    for (const old of Object.keys(spec)) requireColumn(input, old);
    const names = new Map(Object.entries(spec));
    const columns = input.columns.map((column) => ({ ...column, name: names.get(column.name) ?? column.name }));
    requireNoClash(input, columns);
    const items = input.columns.map((column, index) => named(quoteName(column.name), columns[index]!.name));
    return {
      columns,
      sql: (relation) => select(items, relation),
      record: (row) => renamed(row, names, input.at),
    };
  },
  stream: (spec, at) => {
    const names = new Map(Object.entries(spec));
    return (row) => renamed(row, names, at);
  },
};

function renamed(row: Row, names: ReadonlyMap<string, string>, at: string): Row {
  const out: Row = {};
  for (const name of Object.keys(row)) {
    const target = names.get(name) ?? name;
    if (Object.hasOwn(out, target)) {
      throw new HeadgateError('transform_failed', `${at}: there would be two columns '${target}'`);
    }
    put(out, target, row[name]);
  }
  return out;
}
