import { stringify } from 'yaml';
import { fieldsOf, fieldTable } from '../../crds/gen/fields.ts';
import { toJsonSchema } from '../../crds/gen/json-schema.ts';
import { fence, GENERATED } from '../../crds/gen/pages.ts';
import type { Connector, StreamDescription } from '../../runner/ports.ts';

/** `docs/reference/connectors.md`: one section for each connector of the catalogue. */
export function connectorsPage(connectors: readonly Connector[]): string {
  const sorted = connectors.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const overview = sorted.map(
    (connector) =>
      `| [\`${connector.name}\`](#${connector.name}) | ${reads(connector) ? 'yes' : 'no'} | ${yes(connector.destination)} | ${connector.summary} |`,
  );
  return [
    GENERATED,
    '# Connectors',
    'A connector reads from or writes to one kind of system. A pipeline names it with its settings (`connector:` and `settings:`), or names a Connection that does. Others can be [declared without code](../connectors.md).',
    'Any setting may be a reference: `${env:NAME}`, `${file:/path}`, `${secret:name/key}`, `${var:NAME}`. A setting marked **secret** must be one of the first three.',
    `| connector | source | destination | |\n| --- | --- | --- | --- |\n${overview.join('\n')}`,
    ...sorted.flatMap(section),
    '',
  ].join('\n\n');
}

function section(connector: Connector): string[] {
  const fields = fieldsOf(toJsonSchema(connector.settings));
  return [
    `## ${connector.name}`,
    `**${connector.title}.** ${connector.summary}`,
    ...facts(connector),
    ...itemTable('Streams', connector.manifest?.streams),
    ...itemTable('Actions', connector.manifest?.actions),
    '### Settings',
    fields.length === 0 ? 'None.' : fieldTable(fields),
    ...connector.examples.flatMap((example) => [
      `### ${example.title}`,
      fence(exampleYaml(connector, example.settings)),
    ]),
  ];
}

/** What a declared connector reads and writes. */
function itemTable(
  title: string,
  items: readonly {
    readonly name: string;
    readonly description?: string;
    readonly eventTypes?: readonly string[];
  }[] = [],
): string[] {
  if (items.length === 0) return [];
  const rows = items.map(({ name, description = '', eventTypes = [] }) => {
    const types = eventTypes.length === 0 ? '' : ` Events: ${eventTypes.map((type) => `\`${type}\``).join(', ')}.`;
    return `| \`${name}\` | ${`${description}${types}`.trim().replaceAll('|', '\\|')} |`;
  });
  return [`### ${title}`, `| name | |\n| --- | --- |\n${rows.join('\n')}`];
}

function facts(connector: Connector): string[] {
  const { destination, streaming, query, modes, sourceStream, destinationStream } = connector;
  const lines = [
    `- As a source: ${!reads(connector) ? 'no' : streaming === true ? 'yes; its pipelines are streams' : 'yes'}`,
    ...(reads(connector) ? stream('Source', sourceStream) : []),
    ...(reads(connector) && streaming !== true
      ? [`- \`query\` instead of \`stream\`: ${yes(query === true || undefined)}`]
      : []),
    `- As a destination: ${yes(destination)}`,
    ...(destination === undefined ? [] : stream('Destination', destinationStream)),
    ...(modes === undefined || destination === undefined
      ? []
      : [`- \`mode\`: ${modes.map((mode) => `\`${mode}\``).join(', ')}`]),
  ];
  return [lines.join('\n')];
}

function stream(side: string, description: StreamDescription | undefined): string[] {
  if (description === undefined) return [`- ${side} \`stream\`: not used`];
  const need = description.required ? 'required' : 'optional';
  return [`- ${side} \`stream\` (${need}): ${description.description} Example: \`${description.example}\`.`];
}

/** What an example looks like as a Connection. */
function exampleYaml(connector: Connector, settings: Record<string, unknown>): string {
  const resource = {
    apiVersion: 'headgate.dev/v1alpha1',
    kind: 'Connection',
    metadata: { name: `my-${connector.name}` },
    spec: { connector: connector.name, ...(Object.keys(settings).length === 0 ? {} : { settings }) },
  };
  return stringify(resource, { lineWidth: 0 }).trim();
}

const reads = ({ source, streaming }: Connector): boolean => source !== undefined || streaming === true;

function yes(face: unknown): string {
  return face === undefined ? 'no' : 'yes';
}
