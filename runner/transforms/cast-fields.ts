import type { Transform } from '../../crds/index.ts';
import { parseTarget } from './cast-types.ts';

/**
 * The fields that come out of the transforms of a stream as `cast` made them, with their DuckDB types: their values alone do
 * not tell (a date is a text then, a decimal a number). What a later transform may have changed is not among them.
 */
export function castFields(specs: readonly Transform[]): ReadonlyMap<string, string> {
  let types = new Map<string, string>();
  for (const { cast = {}, rename, select, drop = [], set = {}, mask = {} } of specs) {
    for (const [name, text] of Object.entries(cast)) {
      const target = parseTarget(text);
      if (target !== null) types.set(name, target.type);
    }
    if (rename !== undefined) {
      const names = new Map(Object.entries(rename));
      types = new Map([...types].map(([name, type]) => [names.get(name) ?? name, type]));
    }
    if (select !== undefined) types = new Map([...types].filter(([name]) => select.includes(name)));
    for (const name of [...drop, ...Object.keys(set), ...Object.keys(mask)]) types.delete(name);
  }
  return types;
}
