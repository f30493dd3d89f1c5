/** The columns of a SELECT, from the catalogue. */
import type { Session } from './session.ts';
import type { SourceColumn } from './read-types.ts';

/** Types up to here are PostgreSQL's own (FirstGenbkiObjectId); their names mean the same everywhere. */
const FIRST_FOREIGN_OID = 10_000;

interface TypeRow {
  readonly oid: number;
  readonly modifier: number;
  readonly type: string;
  readonly name: string;
  readonly element_oid: number;
  readonly element_name: string | null;
  readonly element_type: string | null;
}

/** Domains arrive as their base types. */
export async function describeSelect(session: Session, select: string): Promise<readonly SourceColumn[]> {
  const { fields } = await session.query(`SELECT * FROM (${select}) AS q LIMIT 0`);
  if (fields.length === 0) return [];
  const { rows } = await session.query<TypeRow>(
    `SELECT t.oid::int4 AS oid, w.modifier, format_type(t.oid, w.modifier) AS type, t.typname AS name,
       coalesce(e.oid, 0)::int4 AS element_oid, e.typname AS element_name, format_type(e.oid, w.modifier) AS element_type
     FROM unnest($1::int8[], $2::int4[]) WITH ORDINALITY AS w(oid, modifier, position)
     JOIN pg_type AS t ON t.oid = w.oid
     LEFT JOIN pg_type AS e ON e.oid = t.typelem AND t.typcategory = 'A'
     ORDER BY w.position`,
    [fields.map((field) => field.dataTypeID), fields.map((field) => field.dataTypeModifier)],
  );
  return rows.map((row, index) => ({
    name: fields[index]!.name,
    type: row.type,
    base: baseName(row.oid, row.name),
    modifier: row.modifier,
    ...(row.element_name === null
      ? {}
      : {
          element: {
            type: row.element_type!,
            base: baseName(row.element_oid, row.element_name),
            modifier: row.modifier,
          },
        }),
  }));
}

const baseName = (oid: number, name: string): string => (oid < FIRST_FOREIGN_OID ? name : 'other');
