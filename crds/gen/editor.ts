import type { Kind } from '../../foundation/ids.ts';
import { API_VERSION } from '../common.ts';
import { KINDS } from '../index.ts';
import { resourceSchema } from '../schema.ts';
import { settingsDefinitions, settingsRules, type ConnectorSettings } from './editor-settings.ts';
import { toJsonSchema, withoutKeywords, type JsonSchema } from './json-schema.ts';

const DRAFT = 'http://json-schema.org/draft-07/schema#';

/** A schema, and what its references point to. */
interface Parts {
  readonly schema: JsonSchema;
  readonly definitions: Readonly<Record<string, JsonSchema>>;
}

/**
 * JSON Schemas (draft 7, what yaml-language-server reads) by file name: one for each kind, and one that chooses by
 * `kind`. The settings of the given connectors are checked and completed too.
 */
export function editorSchemas(connectors: readonly ConnectorSettings[]): Record<string, JsonSchema> {
  const kinds = (Object.keys(KINDS) as Kind[]).map((kind) => [kind, kindParts(kind, connectors)] as const);
  const files = kinds.map(([kind, { schema, definitions }]) => [
    `${kind.toLowerCase()}.schema.json`,
    {
      $schema: DRAFT,
      title: `Headgate ${kind}`,
      ...schema,
      ...(Object.keys(definitions).length === 0 ? {} : { definitions }),
    },
  ]);
  return { ...Object.fromEntries(files), 'headgate.schema.json': anyKind(new Map(kinds)) };
}

/** Chooses by `kind`, so that an editor speaks of the one kind only. */
function anyKind(kinds: ReadonlyMap<string, Parts>): JsonSchema {
  const names = [...kinds.keys()];
  const shared = [...kinds.values()].map(({ definitions }) => definitions);
  return {
    $schema: DRAFT,
    title: 'Headgate resource',
    type: 'object',
    required: ['apiVersion', 'kind', 'metadata', 'spec'],
    properties: {
      apiVersion: { const: API_VERSION, description: 'The version of the resource format.' },
      kind: { enum: names, description: 'What it is.' },
    },
    allOf: names.map((kind) => ({
      if: { properties: { kind: { const: kind } }, required: ['kind'] },
      // oxlint-disable-next-line unicorn/no-thenable -- a keyword of JSON Schema
      then: { $ref: `#/definitions/${kind}` },
    })),
    definitions: Object.assign(
      {},
      ...names.map((kind) => ({ [kind]: kinds.get(kind)!.schema })),
      ...shared,
    ) as JsonSchema,
  };
}

function kindParts(kind: Kind, connectors: readonly ConnectorSettings[]): Parts {
  const plain = withoutKeywords(toJsonSchema(resourceSchema(kind)), (word) => word.startsWith('x-'));
  const { spec, definitions } = specParts(kind, plain.properties!['spec']!, connectors);
  const status = { type: 'object', description: 'Written by Headgate; ignored in files.' };
  return { schema: { ...plain, properties: { ...plain.properties, spec, status } }, definitions };
}

function specParts(
  kind: Kind,
  spec: JsonSchema,
  connectors: readonly ConnectorSettings[],
): { spec: JsonSchema; definitions: Parts['definitions'] } {
  switch (kind) {
    case 'Pipeline':
      return pipelineParts(spec, connectors);
    case 'Connection':
      return { spec: { ...spec, allOf: settingsRules(connectors) }, definitions: settingsDefinitions(connectors) };
    default:
      return { spec, definitions: {} };
  }
}

/** With what the checks behind the schema say of a pipeline, as far as JSON Schema can say it. */
function pipelineParts(
  spec: JsonSchema,
  connectors: readonly ConnectorSettings[],
): { spec: JsonSchema; definitions: Parts['definitions'] } {
  const properties = spec.properties!;
  const endpoint = (side: 'source' | 'destination'): JsonSchema => {
    const able = connectors.filter((connector) => (side === 'source' ? connector.isSource : connector.isDestination));
    return { ...properties[side], allOf: [either('connection', 'connector'), ...settingsRules(able, connectors)] };
  };
  const refer = (side: string): JsonSchema => ({ $ref: `#/definitions/${side}` });
  return {
    spec: {
      ...spec,
      properties: {
        ...properties,
        source: refer('source'),
        sources: { ...properties['sources'], items: refer('source') },
        destination: refer('destination'),
        destinations: { ...properties['destinations'], items: refer('destination') },
      },
      allOf: [
        either('source', 'sources'),
        either('destination', 'destinations'),
        { not: { required: ['transform', 'transforms'] } },
      ],
    },
    definitions: {
      source: endpoint('source'),
      destination: endpoint('destination'),
      ...settingsDefinitions(connectors),
    },
  };
}

function either(one: string, other: string): JsonSchema {
  return { oneOf: [{ required: [one] }, { required: [other] }] };
}
