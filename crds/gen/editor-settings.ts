import type { TSchema } from 'typebox';
import { mapMembers, toJsonSchema, withoutKeywords, type JsonSchema } from './json-schema.ts';

/** What an editor needs to know of a connector. */
export interface ConnectorSettings {
  readonly name: string;
  readonly summary: string;
  readonly settings: TSchema;
  readonly isSource: boolean;
  readonly isDestination: boolean;
}

const ANY_REFERENCE = { type: 'string', pattern: '\\$\\{(env|file|secret|var):[^}]+\\}' };
const SECRET_REFERENCE = { type: 'string', pattern: '\\$\\{(env|file|secret):[^}]+\\}' };

/**
 * One rule for each connector: where it is named, `settings` has its schema. And the names, for completion. `all`: the whole
 * catalogue, where not every connector of it will do.
 */
export function settingsRules(
  connectors: readonly ConnectorSettings[],
  all: readonly ConnectorSettings[] = connectors,
): JsonSchema[] {
  const rules = connectors.map(({ name }) => ({
    if: { properties: { connector: { const: name } }, required: ['connector'] },
    // oxlint-disable-next-line unicorn/no-thenable -- a keyword of JSON Schema
    then: { properties: { settings: { $ref: `#/definitions/settings-${name}` } } },
  }));
  const names = connectors.map(({ name, summary }) => ({ const: name, description: summary }));
  // Which ones a workspace declares for itself, no schema can know.
  const declared = {
    type: 'string',
    not: { enum: all.map(({ name }) => name) },
    description: 'A Connector of the workspace.',
  };
  return names.length === 0 ? [] : [{ properties: { connector: { anyOf: [...names, declared] } } }, ...rules];
}

/** The settings of each connector, by the name that `settingsRules` refers to. */
export function settingsDefinitions(connectors: readonly ConnectorSettings[]): Record<string, JsonSchema> {
  return Object.fromEntries(
    connectors.map(({ name, settings }) => [`settings-${name}`, withReferences(toJsonSchema(settings))]),
  );
}

/** Any plain value may be a reference instead; a secret one must be. */
function withReferences(schema: JsonSchema): JsonSchema {
  const { description, default: fallback, ...rest } = withoutKeywords(schema, (word) => word.startsWith('x-'));
  const head = {
    ...(description === undefined ? {} : { description }),
    ...(fallback === undefined ? {} : { default: fallback }),
  };
  if (schema['secret'] === true) return { ...head, ...SECRET_REFERENCE };
  if (isPlain(rest)) return { ...head, anyOf: [rest, ANY_REFERENCE] };
  return {
    ...head,
    ...rest,
    ...(rest.properties && { properties: mapMembers(rest.properties, withReferences) }),
    ...(rest.patternProperties && { patternProperties: mapMembers(rest.patternProperties, withReferences) }),
    ...(rest.items && { items: withReferences(rest.items) }),
    ...(rest.anyOf && { anyOf: rest.anyOf.map(withReferences) }),
  };
}

function isPlain(schema: JsonSchema): boolean {
  const isUnbounded = schema.type === 'string' && Object.keys(schema).length === 1;
  return (
    schema.enum !== undefined || (!isUnbounded && ['string', 'integer', 'number', 'boolean'].includes(schema.type!))
  );
}
