/**
 * Indexes of a table that was just emptied: building them after the rows are there takes about half the time of keeping
 * them up to date with every row (https://www.postgresql.org/docs/current/populate.html). All happens in the transaction
 * of the load. Names, definitions and constraints are the same afterwards.
 */
import { quoteName } from '../../quote.ts';
import type { TableName } from '../relational/names.ts';
import type { Session } from './session.ts';

/** Below this, taking indexes down and up again is not worth the locks in the catalogue. */
const MIN_ROWS = 50_000;

interface IndexRow {
  readonly name: string;
  readonly schema: string;
  readonly definition: string;
  readonly constraint: string | null;
  readonly constraint_definition: string | null;
  /** It carries more than its definition says: a comment, a mark for CLUSTER or replication, a partition's parent. */
  readonly special: boolean;
}

/**
 * Drops the indexes of an empty table, and answers the statements that make them again. They stay, and the answer is
 * empty, when one of them is special, when something depends on one, or when the user does not own the table.
 */
export async function dropIndexes(session: Session, { sql }: TableName, rows: number): Promise<readonly string[]> {
  if (rows < MIN_ROWS) return [];
  const { rows: indexes } = await session.query<IndexRow>(
    `SELECT c.relname AS name, n.nspname AS schema, pg_get_indexdef(c.oid) AS definition, k.conname AS constraint,
       pg_get_constraintdef(k.oid) AS constraint_definition,
       i.indisclustered OR i.indisreplident OR NOT i.indisvalid OR c.relispartition OR t.relkind <> 'r'
         OR (k.oid IS NOT NULL AND (c.reltablespace <> 0 OR c.reloptions IS NOT NULL))
         OR obj_description(c.oid, 'pg_class') IS NOT NULL OR obj_description(k.oid, 'pg_constraint') IS NOT NULL
         OR EXISTS (SELECT FROM pg_attribute AS a WHERE a.attrelid = c.oid AND a.attstattarget >= 0) AS special
     FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid JOIN pg_namespace AS n ON n.oid = c.relnamespace
     JOIN pg_class AS t ON t.oid = i.indrelid
     LEFT JOIN pg_constraint AS k ON k.conindid = c.oid AND k.conrelid = t.oid AND k.contype IN ('p', 'u', 'x')
     WHERE t.oid = to_regclass($1) ORDER BY k.contype = 'p' DESC, c.oid`,
    [sql],
  );
  if (indexes.length === 0 || indexes.some(({ special }) => special)) return [];
  const drops = indexes.map(({ constraint, schema, name }) =>
    constraint === null
      ? `DROP INDEX ${quoteName(schema)}.${quoteName(name)}`
      : `ALTER TABLE ${sql} DROP CONSTRAINT ${quoteName(constraint)}`,
  );
  await session.query('SAVEPOINT indexes');
  try {
    await session.query(drops.join('; '));
  } catch {
    // Lost connections show at the next statement; anything else means that the indexes are to stay.
    await session.query('ROLLBACK TO SAVEPOINT indexes');
    return [];
  }
  return indexes.map(({ constraint, constraint_definition, definition }) =>
    constraint === null
      ? definition
      : `ALTER TABLE ${sql} ADD CONSTRAINT ${quoteName(constraint)} ${constraint_definition}`,
  );
}
