/** Errors for people, and as JSON for programs. */
import { toErrorRecord, type ErrorRecord, type Issue } from '../../foundation/errors.ts';
import { toPath } from '../../crds/pointer.ts';
import type { Style } from './style.ts';
import { printable } from './width.ts';

const MAX_ISSUES = 100;

/** `error: what`, where, each issue on a line of its own, and the hint. Ends in a line break. */
export function renderError(error: unknown, style: Style): string {
  const record = toErrorRecord(error);
  return `${style('bad', 'error:')} ${printable(record.message)}\n${renderDetails(record, style)}`;
}

/** Where it is, each issue on a line of its own, and the hint. */
export function renderDetails(record: Omit<ErrorRecord, 'code'>, style: Style): string {
  const lines: string[] = [];
  const issues = (record.issues ?? []).slice(0, MAX_ISSUES);
  if (record.at !== undefined && !issues.some((issue) => issue.at === record.at)) lines.push(`  at ${record.at}`);
  for (const issue of issues) {
    // A message with only one problem usually says it already.
    if (record.message.includes(issue.message) && issue.at === undefined && issue.hint === undefined) continue;
    lines.push(`  ${issue.at ?? issue.pointer}: ${issue.message}`, ...hintLines(issue.hint, '    ', style));
  }
  const left = (record.issues?.length ?? 0) - issues.length;
  if (left > 0) lines.push(`  and ${left} more`);
  lines.push(...hintLines(record.hint, '', style));
  return lines.map((line) => `${printable(line)}\n`).join('');
}

function hintLines(hint: string | undefined, indent: string, style: Style): string[] {
  return hint === undefined ? [] : [`${indent}${style('dim', 'hint:')} ${hint}`];
}

/** `file:line:column: message`, as compilers write it, so that editors can jump there. Ends in a line break. */
export function renderFileError(record: ErrorRecord, style: Style): string {
  const issues: readonly Issue[] = record.issues ?? [];
  if (issues.length === 0) {
    return located(record.at, record.message, style) + hintText(record.hint, style);
  }
  return issues
    .map((issue) => {
      const hint = issue.hint ?? (issues.length === 1 ? record.hint : undefined);
      return located(issue.at ?? record.at, messageWithPath(issue), style) + hintText(hint, style);
    })
    .join('');
}

function messageWithPath({ pointer, message }: Issue): string {
  const path = toPath(pointer);
  return path === '' || message.startsWith(path) ? message : `${path}: ${message}`;
}

function located(at: string | undefined, message: string, style: Style): string {
  const place = at === undefined ? '' : `${style('bold', printable(at))}: `;
  return `${place}${style('bad', 'error:')} ${printable(message)}\n`;
}

function hintText(hint: string | undefined, style: Style): string {
  return hint === undefined ? '' : `  ${style('dim', 'hint:')} ${printable(hint)}\n`;
}
