import type { CliContext } from '../context.ts';
import { statusText } from './style.ts';
import { renderTable } from './table.ts';
import { relative } from './figures.ts';
import { printable } from './width.ts';

interface ShownCondition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
  readonly lastTransitionTime: string;
}

/** The conditions of a resource as a section with a heading; empty when there are none. */
export function conditionLines(conditions: readonly ShownCondition[], context: CliContext): string {
  if (conditions.length === 0) return '';
  const now = context.clock();
  const table = renderTable(
    [{ title: 'TYPE' }, { title: 'STATUS' }, { title: 'REASON' }, { title: 'SINCE' }, { title: 'MESSAGE' }],
    conditions.map(({ type, status, reason, message, lastTransitionTime }) => [
      type,
      statusText(context.style, status),
      reason,
      relative(lastTransitionTime, now),
      printable(message),
    ]),
  );
  return `\nConditions:\n${table}`;
}
