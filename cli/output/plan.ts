/** A plan for people, and for the comment of a pull request. */
import type { Static } from 'typebox';
import type { PlanView } from '../../api/views/plan.ts';
import type { CliContext } from '../context.ts';
import { counted } from './figures.ts';
import { renderFileError } from './problem.ts';
import { recordOf } from './record.ts';
import type { Style } from './style.ts';
import { renderTable } from './table.ts';

export type ShownPlan = Static<typeof PlanView>;
type Change = ShownPlan['changes'][number];

const SIGNS = { create: '+', update: '~', delete: '-' } as const;
const TONES = { create: 'good', update: 'warn', delete: 'bad' } as const;
const EFFECTS = { live: 'nothing stops', restart: 'runners change over', destructive: 'ceases to exist' } as const;

export function planTable(plan: ShownPlan, { style, terminal }: CliContext): string {
  const rows = plan.changes.map((change) => [
    style(TONES[change.action], `${SIGNS[change.action]} ${change.action}`),
    change.resource,
    change.effect,
    change.paths.join(', '),
    change.at ?? '',
  ]);
  const columns = [
    { title: 'ACTION' },
    { title: 'RESOURCE', shrink: true },
    { title: 'EFFECT' },
    { title: 'FIELDS', shrink: true },
    { title: 'DECLARED AT', shrink: true },
  ];
  const table = rows.length === 0 ? '' : `${renderTable(columns, rows, { width: terminal.width })}\n`;
  return table + problems(plan, style) + `${summary(plan)}\n`;
}

function problems(plan: ShownPlan, style: Style): string {
  const errors = plan.errors.map((error) => renderFileError(recordOf(error), style)).join('');
  const blocked = plan.blocked === null ? '' : renderFileError(recordOf(plan.blocked), style);
  return errors + blocked;
}

function summary({ summary: { create, update, delete: gone }, errors, changes }: ShownPlan): string {
  const broken = errors.length === 0 ? '' : ` ${counted(errors.length, 'error')}: nothing is deleted meanwhile.`;
  if (changes.length === 0) return `Nothing to do.${broken}`;
  return `${create} to create, ${update} to update, ${gone} to delete.${broken}`;
}

/** GitHub's and GitLab's dialect. Texts are escaped: names and messages come from files that anybody may have written. */
export function planMarkdown(plan: ShownPlan): string {
  const lines = ['### Headgate plan', '', summary(plan), ''];
  if (plan.changes.length > 0) {
    lines.push('| | resource | effect | fields | declared at |', '| --- | --- | --- | --- | --- |');
    lines.push(...plan.changes.map(markdownRow), '');
  }
  for (const error of [...plan.errors, ...(plan.blocked === null ? [] : [plan.blocked])]) {
    const issues = error.issues.length === 0 ? [{ at: error.at, message: error.message }] : error.issues;
    for (const { at, message } of issues) {
      lines.push(`- :x: ${at === null ? '' : `${code(at)} `}${escape(message)}`);
    }
    if (error.hint !== null) lines.push(`  ${escape(error.hint)}`);
  }
  if (plan.changes.length > 0) lines.push('', `<sub>plan ${code(plan.hash)}</sub>`);
  return `${lines.join('\n').trimEnd()}\n`;
}

function markdownRow({ action, resource, effect, paths, at }: Change): string {
  const fields = paths.map(code).join(', ');
  const cells = [`**${action}**`, code(resource), `${effect}: ${EFFECTS[effect]}`, fields, at === null ? '' : code(at)];
  return `| ${cells.join(' | ')} |`;
}

const code = (text: string): string => `\`${text.replaceAll('`', "'").replaceAll('|', '\\|').replaceAll('\n', ' ')}\``;

const escape = (text: string): string =>
  text.replaceAll(/[\\`*_{}[\]<>()#|@!~]/g, (sign) => `\\${sign}`).replaceAll('\n', ' ');
