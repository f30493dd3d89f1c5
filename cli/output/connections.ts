import type { IntegrationView } from '../../api/views/integration.ts';
import type { CliContext } from '../context.ts';
import { relative, shortRevision } from './figures.ts';
import { statusText } from './style.ts';
import { renderTable } from './table.ts';
import { printable } from './width.ts';

/** One line for each connection; the workspace is shown where there are several. */
export function connectionTable(connections: readonly IntegrationView[], context: CliContext): string {
  const now = context.clock();
  const several = new Set(connections.map(({ workspace }) => workspace)).size > 1;
  return renderTable(
    [
      ...(several ? [{ title: 'WORKSPACE', shrink: true }] : []),
      { title: 'NAME', shrink: true },
      { title: 'CONNECTOR' },
      { title: 'STATUS' },
      { title: 'TITLE', shrink: true },
      { title: 'CHANGED' },
      { title: 'REVISION' },
    ],
    connections.map((connection) => [
      ...(several ? [connection.workspace] : []),
      connection.name,
      connection.service,
      statusText(context.style, connection.status),
      printable(connection.title ?? '') || '-',
      relative(connection.updated_at, now),
      shortRevision(connection.revision),
    ]),
    { width: context.terminal.width },
  );
}
