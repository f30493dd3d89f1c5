import type { TransformDefinition } from '../ports.ts';
import { quoteName } from '../quote.ts';
import { checkSelect, INPUT } from './check-select.ts';

/** A SELECT of the author's own over `input` and the sources by name; its columns are known to DuckDB only. Batches only. */
export const sql: TransformDefinition<'sql'> = {
  name: 'sql',
  plan: (spec, input) => {
    const query = spec.replace(/(?:;|\s)+$/, '');
    return {
      columns: null,
      check: (duck) => checkSelect(duck, query, input),
      // The line breaks end a comment in the author's last line.
      sql: (relation) => `WITH ${quoteName(INPUT)} AS (SELECT * FROM ${relation}) SELECT * FROM (\n${query}\n)`,
    };
  },
};
