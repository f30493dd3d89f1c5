/** JSON as a table of DuckDB, with types chosen by looking at every record. */
import type { DuckDBConnection } from '@duckdb/node-api';
import { quoteName } from './quote.ts';

interface Found {
  readonly name: string;
  readonly type: string;
}

/**
 * Creates `table` from `read`, a call of `read_json` that types every record, and answers a relation over it with two of
 * its choices mended: whole numbers with negative ones among them are BIGINT where they fit, not HUGEINT, and a column
 * that mixes texts and numbers is VARCHAR, not JSON, where nothing in it is nested.
 */
export async function jsonTable(duck: DuckDBConnection, table: string, read: string, limit?: number): Promise<string> {
  const some = limit === undefined ? '' : ` LIMIT ${limit}`;
  await duck.run(`CREATE TABLE ${table} AS SELECT * FROM ${read}${some}`);
  const described = await duck.runAndReadAll(`DESCRIBE ${table}`);
  const columns = described
    .getRowObjectsJS()
    .map((row): Found => ({ name: String(row['column_name']), type: String(row['column_type']) }))
    .filter(({ type }) => type === 'JSON' || type === 'HUGEINT');
  if (columns.length === 0) return table;
  const tests = columns.map((column, index) => `${mendable(column)} AS ok_${index}`);
  const [answer] = (await duck.runAndReadAll(`SELECT ${tests.join(', ')} FROM ${table}`)).getRowsJS();
  const mended = columns.filter((_, index) => answer?.[index] === true).map(mend);
  return mended.length === 0 ? table : `(SELECT * REPLACE (${mended.join(', ')}) FROM ${table})`;
}

const mendable = ({ name, type }: Found): string =>
  type === 'JSON'
    ? `bool_and(json_type(${quoteName(name)}) NOT IN ('OBJECT', 'ARRAY'))`
    : `max(${quoteName(name)}) <= 9223372036854775807`;

const mend = ({ name, type }: Found): string =>
  type === 'JSON'
    ? `${quoteName(name)} ->> '$' AS ${quoteName(name)}`
    : `CAST(${quoteName(name)} AS BIGINT) AS ${quoteName(name)}`;
