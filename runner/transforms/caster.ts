/** A cast from one kind to one type, and the usual ways to make one. */
import { quoteText } from '../quote.ts';
import type { Kind, Target } from './cast-types.ts';

export interface Caster {
  /** From the SQL of a value. */
  readonly sql: (value: string, target: Target) => string;
  /** From a value that is not null; undefined where it cannot be cast. */
  readonly run: (value: unknown, target: Target) => unknown;
}

/** By the kind of what is cast. */
export type Casters = Partial<Record<Kind, Caster>>;

/** What may stand around a value in a text. */
const AROUND = '[ \\t\\r\\n]*';

/** The part of a text that has the form, null where it has not. */
const extracted = (value: string, form: string): string =>
  `nullif(regexp_extract(${value}, ${quoteText(`^${AROUND}(${form})${AROUND}$`)}, 1), '')`;

function extract(form: string): (value: unknown) => string | undefined {
  const expression = new RegExp(`^${AROUND}(${form})${AROUND}$`);
  return (value) => expression.exec(String(value))?.[1];
}

export const tryCast: Caster['sql'] = (value, target) => `TRY_CAST(${value} AS ${target.type})`;
/** Nothing to do. */
export const same: Caster = { sql: (value) => value, run: (value) => value };

/** From a text of the given form, with space around it. */
export function fromText(
  form: string,
  sql: (part: string, target: Target) => string,
  run: (part: string, target: Target) => unknown,
): Caster {
  const part = extract(form);
  return {
    sql: (value, target) => sql(extracted(value, form), target),
    run: (value, target) => {
      const text = part(value);
      return text === undefined ? undefined : run(text, target);
    },
  };
}
