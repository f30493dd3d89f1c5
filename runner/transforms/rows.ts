import type { Row } from '../ports.ts';

/** Sets a column of a record that is being made. A column may be called `__proto__`: plain assignment would lose it. */
export function put(row: Row, name: string, value: unknown): void {
  if (name === '__proto__')
    Object.defineProperty(row, name, { value, enumerable: true, configurable: true, writable: true });
  else row[name] = value;
}

/** A column of a record; null where it has none, and never what objects inherit. */
export function get(row: Row, name: string): unknown {
  return Object.hasOwn(row, name) ? (row[name] ?? null) : null;
}

/** Replaces the values of some columns that are not null. */
export function replacing(changes: readonly (readonly [string, (value: unknown) => unknown])[]): (row: Row) => Row {
  return (row) => {
    const out: Row = { ...row };
    for (const [name, change] of changes) {
      const value = get(row, name);
      if (value !== null) put(out, name, change(value));
    }
    return out;
  };
}
