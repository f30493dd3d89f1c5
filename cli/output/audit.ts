import type { AuditView } from '../../api/views/audit.ts';
import type { CliContext } from '../context.ts';
import { relative, shortRevision } from './figures.ts';
import { renderTable, type TableColumn } from './table.ts';
import { printable } from './width.ts';

const COLUMNS: readonly TableColumn[] = [
  { title: 'WHEN' },
  { title: 'WHO', shrink: true },
  { title: 'ACTION' },
  { title: 'RESOURCE', shrink: true },
  { title: 'WORKSPACE', shrink: true },
  { title: 'OUTCOME' },
  { title: 'REVISION' },
  { title: 'ADDRESS' },
  { title: 'REQUEST', shrink: true },
];

export function auditTable(records: readonly AuditView[], context: CliContext): string {
  const now = context.clock();
  const rows = records.map((record) => [
    relative(record.at, now),
    printable(record.actor.name),
    record.action,
    printable(record.resource ?? '-'),
    printable(record.workspace ?? '-'),
    record.code === null ? record.outcome : `${record.outcome} (${record.code})`,
    shortRevision(record.revision ?? record.branch) || '-',
    record.address ?? '-',
    record.request_id ?? '-',
  ]);
  return renderTable(COLUMNS, rows, { width: context.terminal.width });
}
