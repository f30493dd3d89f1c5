import { stringify } from 'yaml';
import type { ManifestView } from '../../api/views/integration.ts';
import { indent } from './indent.ts';
import { renderFields } from './table.ts';
import { printable } from './width.ts';

/** Everything about one connector. */
export function describeConnector(connector: ManifestView): string {
  const { streams, actions, event_types: events, settings } = connector;
  const fields = renderFields([
    ['Name', connector.service],
    ['Title', printable(connector.title)],
    ['Summary', printable(connector.summary)],
    ['Declared by', connector.workspace === null ? '' : `workspace ${connector.workspace}`],
    ['Kind', connector.kind],
    ['Reads', connector.reads ? 'yes' : 'no'],
    ['Writes', connector.writes ? `yes: ${connector.modes.join(', ')}` : 'no'],
    ['Events', events.join(', ')],
  ]);
  return (
    fields + items('Streams', streams) + items('Actions', actions) + section('Settings', settings['properties'] ?? {})
  );
}

function items(title: string, list: ManifestView['streams']): string {
  return section(title, Object.fromEntries(list.map(({ name, description }) => [name, description])));
}

function section(title: string, value: unknown): string {
  const isEmpty = value === null || typeof value !== 'object' || Object.keys(value).length === 0;
  return isEmpty ? '' : `\n${title}:\n${indent(printable(stringify(value)))}`;
}
