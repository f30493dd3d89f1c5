/** What appending relations to each other does to the types of their columns. */
import type { DuckDBConnection } from '@duckdb/node-api';
import { HeadgateError } from '../foundation/errors.ts';
import type { Column } from './ports.ts';
import { quoteName } from './quote.ts';

/** Some records, and what messages call them. */
export interface Part {
  readonly name: string;
  /** A relation over them. */
  readonly relation: string;
  readonly columns: readonly Column[];
}

/** The column of that name, as DuckDB finds it: whatever its case. */
export const sameName = (columns: readonly Column[], name: string): Column | undefined =>
  columns.find((column) => column.name.toLowerCase() === name.toLowerCase());

/**
 * DuckDB makes whole numbers and decimals into floats where another part has floats. Throws `source_failed` when values
 * have more digits than those keep. `together` are the columns of all parts as one relation.
 */
export async function refuseRounding(
  duck: DuckDBConnection,
  parts: readonly Part[],
  together: readonly Column[],
): Promise<void> {
  for (const part of parts) {
    for (const { name, type } of part.columns) {
      const common = sameName(together, name)?.type ?? type;
      if (!/^(?:FLOAT|DOUBLE)$/.test(common) || !/^(?:U?(?:BIG|HUGE)INT|DECIMAL.*)$/.test(type)) continue;
      const changed = await changedBy(duck, part.relation, { name, type }, common);
      if (changed === 0) continue;
      throw new HeadgateError(
        'source_failed',
        `column '${name}' is ${type} in '${part.name}' and ${common} together with the others, which rounds values: ${changed}`,
        { hint: 'give the column the same type everywhere, such as DECIMAL(38,6) or VARCHAR' },
      );
    }
  }
}

/** How many values of a column do not come back from a cast to `type`. */
export async function changedBy(
  duck: DuckDBConnection,
  relation: string,
  column: Column,
  type: string,
): Promise<number> {
  const value = quoteName(column.name);
  const read = await duck.runAndReadAll(
    `SELECT count(*) FROM ${relation} WHERE TRY_CAST(TRY_CAST(${value} AS ${type}) AS ${column.type}) IS DISTINCT FROM ${value}`,
  );
  return Number(read.getRowsJS()[0]?.[0]);
}
