import type { ManifestView } from '../../api/views/integration.ts';
import type { CliContext } from '../context.ts';
import { renderTable } from './table.ts';
import { printable } from './width.ts';

/** One line for each connector of the catalogue, and for those that workspaces declare. */
export function connectorTable(connectors: readonly ManifestView[], context: CliContext): string {
  return renderTable(
    [
      { title: 'NAME', shrink: true },
      { title: 'READS' },
      { title: 'WRITES' },
      { title: 'DECLARED BY' },
      { title: 'TITLE', shrink: true },
    ],
    connectors.map(({ service, reads, writes, workspace, title }) => [
      service,
      reads ? 'yes' : 'no',
      writes ? 'yes' : 'no',
      workspace ?? '-',
      printable(title),
    ]),
    { width: context.terminal.width },
  );
}
