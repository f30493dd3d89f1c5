import type { TransformName } from '../../crds/index.ts';
import type { CodeLanguage } from '../variables-in-code.ts';

/** Which transforms hold code, and where: the text itself, or each value of a map. */
const CODE: Partial<Record<TransformName, CodeLanguage>> = { sql: 'sql', filter: 'cel', set: 'cel' };

/**
 * Puts variables into the code of a transform: the SQL of `sql`, the CEL of `filter` and `set`. Column names and types
 * are no place for variables, and stay as they are.
 */
export function transformText(
  name: TransformName,
  insert: (code: string, language: CodeLanguage) => string,
): (spec: unknown) => unknown {
  const language = CODE[name];
  if (language === undefined) return (spec) => spec;
  return (spec) => {
    if (typeof spec === 'string') return insert(spec, language);
    const entries = Object.entries(spec as Record<string, string>);
    return Object.fromEntries(entries.map(([column, code]) => [column, insert(code, language)]));
  };
}
