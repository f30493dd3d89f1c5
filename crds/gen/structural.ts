import { defaultOf } from '../defaults.ts';
import { isEmptyObject, mapValues, type JsonSchema } from './json-schema.ts';

/** Keywords of value validation that mean the same in Kubernetes as in JSON Schema. */
const KEPT = [
  'enum',
  'format',
  'maxItems',
  'maxLength',
  'maxProperties',
  'maximum',
  'minItems',
  'minLength',
  'minProperties',
  'minimum',
  'pattern',
  'x-kubernetes-list-map-keys',
  'x-kubernetes-list-type',
  'x-kubernetes-validations',
];

/**
 * A JSON Schema as a structural schema of Kubernetes
 * (https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#specifying-a-structural-schema).
 *
 * - Closed objects need no `additionalProperties: false`, which is forbidden there: the API server prunes (and with
 *   `--validate=strict` refuses) what is not named.
 * - Optional fields keep their defaults: the API server writes them into the stored resource (defaults.ts). The description
 *   names them too, for `kubectl explain`.
 * - A bound that excludes itself is a number in JSON Schema, and a mark on the bound here.
 * - A union of a text and a structure has no structural form, so such a field takes anything; the controller checks it.
 */
export function toStructural(schema: JsonSchema): JsonSchema {
  const description = describe(schema);
  const head = description === undefined ? {} : { description };
  if (schema.anyOf !== undefined) return { ...head, 'x-kubernetes-preserve-unknown-fields': true };
  const values = mapValues(schema);
  const isFree = schema['x-kubernetes-preserve-unknown-fields'] === true;
  return {
    ...head,
    type: schema.type ?? typeof schema.const,
    ...(schema.const === undefined ? {} : { enum: [schema.const] }),
    ...(schema['exclusiveMinimum'] === undefined
      ? {}
      : { minimum: schema['exclusiveMinimum'], exclusiveMinimum: true }),
    ...Object.fromEntries(KEPT.filter((keyword) => keyword in schema).map((keyword) => [keyword, schema[keyword]])),
    ...(isFree ? { 'x-kubernetes-preserve-unknown-fields': true } : {}),
    ...(schema.properties === undefined ? {} : { properties: propertiesOf(schema) }),
    ...(schema.required === undefined || schema.required.length === 0 ? {} : { required: [...schema.required] }),
    ...(values === undefined || isFree ? {} : { additionalProperties: toStructural(values) }),
    ...(schema.items === undefined ? {} : { items: toStructural(schema.items) }),
  };
}

function propertiesOf(schema: JsonSchema): Record<string, JsonSchema> {
  const entries = Object.entries(schema.properties ?? {}).map(([name, member]) => {
    const fallback = defaultOf(schema, name);
    return [name, { ...toStructural(member), ...(fallback === undefined ? {} : { default: fallback }) }];
  });
  return Object.fromEntries(entries) as Record<string, JsonSchema>;
}

function describe(schema: JsonSchema): string | undefined {
  if (schema.default === undefined || isEmptyObject(schema.default)) return schema.description;
  return `${schema.description ?? ''} Default: ${JSON.stringify(schema.default)}.`.trim();
}
