import { HeadgateError } from '../../../foundation/errors.ts';
import { quoteName } from '../../quote.ts';

export interface TableName {
  readonly schema: string;
  readonly table: string;
  /** In SQL: `"schema"."table"`. */
  readonly sql: string;
}

/**
 * `table`, `schema.table`, or with double quotes around a part that holds a dot or a quote. Names are taken as they are
 * written: no folding to lower case. Throws `invalid_settings` for anything else.
 */
export function parseTableName(stream: string, schema: string): TableName {
  const parts = stream.match(/"(?:[^"]|"")+"|[^."]+/g) ?? [];
  if (parts.length < 1 || parts.length > 2 || parts.join('.') !== stream) {
    throw new HeadgateError('invalid_settings', `'${stream}' does not name a table`, {
      hint: 'write table or schema.table, with double quotes around a name that holds a dot',
    });
  }
  const names = parts.map((part) => (part.startsWith('"') ? part.slice(1, -1).replaceAll('""', '"') : part));
  const table = names.at(-1)!;
  const owner = names.length === 2 ? names[0]! : schema;
  return { schema: owner, table, sql: `${quoteName(owner)}.${quoteName(table)}` };
}
