import { createHash } from 'node:crypto';
import { quoteName } from '../quote.ts';
import type { Column, TransformDefinition } from '../ports.ts';
import { textCast, textOf } from './cast-text.ts';
import { named, requireColumn, select } from './columns.ts';
import { replacing } from './rows.ts';

type Method = 'sha256' | 'redact' | 'keep-last';

/** How each method changes the text of a value; null stays null. */
const METHODS: Readonly<Record<Method, { sql: (text: string) => string; run: (text: string) => string }>> = {
  sha256: { sql: (text) => `sha256(${text})`, run: (text) => createHash('sha256').update(text).digest('hex') },
  redact: { sql: (text) => `(CASE WHEN ${text} IS NOT NULL THEN '***' END)`, run: () => '***' },
  'keep-last': { sql: keepLastSql, run: keepLast },
};

// A text of four characters or fewer would show whole, so it is masked whole.
function keepLastSql(text: string): string {
  return (
    `(CASE WHEN length(${text}) > 4 THEN repeat('*', length(${text}) - 4) || right(${text}, 4) ` +
    `ELSE repeat('*', length(${text})) END)`
  );
}

function keepLast(text: string): string {
  const points = Array.from(text);
  if (points.length <= 4) return '*'.repeat(points.length);
  return '*'.repeat(points.length - 4) + points.slice(-4).join('');
}

/** Makes values unreadable. The columns become texts; what is masked is the text that `cast` to string would give. */
export const mask: TransformDefinition<'mask'> = {
  name: 'mask',
  plan: (spec, input) => {
    const masked = new Map(
      Object.entries(spec).map(([name, method]) => {
        const text = textCast(requireColumn(input, name), input);
        const { sql, run } = METHODS[method as Method];
        return [name, { sql: sql(text.sql), run: (value: unknown) => run(text.run(value)) }];
      }),
    );
    const columns: readonly Column[] = input.columns.map((column) =>
      masked.has(column.name) ? { name: column.name, type: 'VARCHAR' } : column,
    );
    const items = columns.map(({ name }) => named(masked.get(name)?.sql ?? quoteName(name), name));
    return {
      columns,
      sql: (relation) => select(items, relation),
      record: replacing([...masked].map(([name, { run }]) => [name, run])),
    };
  },
  stream: (spec) =>
    replacing(
      Object.entries(spec).map(([name, method]) => [name, (value) => METHODS[method as Method].run(textOf(value))]),
    ),
};
