import { stringify } from 'yaml';
import type { IntegrationView } from '../../api/views/integration.ts';
import type { CliContext } from '../context.ts';
import { conditionLines } from './conditions.ts';
import { withRelative } from './figures.ts';
import { indent } from './indent.ts';
import { statusText } from './style.ts';
import { renderFields } from './table.ts';
import { printable } from './width.ts';

/** Everything about one connection. */
export function describeConnection(connection: IntegrationView, context: CliContext): string {
  const now = context.clock();
  const fields = renderFields([
    ['Name', connection.name],
    ['Title', printable(connection.title ?? '')],
    ['Id', connection.id],
    ['Workspace', connection.workspace],
    ['Connector', connection.service],
    ['Status', statusText(context.style, connection.status)],
    ['Revision', connection.revision],
    ['Created', withRelative(connection.created_at, now)],
    ['Changed', withRelative(connection.updated_at, now)],
  ]);
  return (
    fields +
    conditionLines(connection.conditions, context) +
    section('Settings', connection.settings) +
    section('Synchronizations', connection.synchronizations)
  );
}

function section(title: string, value: object): string {
  return Object.keys(value).length === 0 ? '' : `\n${title}:\n${indent(printable(stringify(value)))}`;
}
