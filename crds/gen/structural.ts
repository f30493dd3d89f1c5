import { mapMembers, mapValues, type JsonSchema } from './json-schema.ts';

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
];

/**
 * A JSON Schema as a structural schema of Kubernetes
 * (https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#specifying-a-structural-schema).
 *
 * - Closed objects need no `additionalProperties: false`, which is forbidden there: the API server prunes (and with
 *   `--validate=strict` refuses) what is not named.
 * - Defaults stay out: the API server would write them into the stored resource, where they look as if somebody had
 *   chosen them, survive a change of the default, and show up in every diff. The description names them instead.
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
    ...Object.fromEntries(KEPT.filter((keyword) => keyword in schema).map((keyword) => [keyword, schema[keyword]])),
    ...(isFree ? { 'x-kubernetes-preserve-unknown-fields': true } : {}),
    ...(schema.properties === undefined ? {} : { properties: mapMembers(schema.properties, toStructural) }),
    ...(schema.required === undefined || schema.required.length === 0 ? {} : { required: [...schema.required] }),
    ...(values === undefined || isFree ? {} : { additionalProperties: toStructural(values) }),
    ...(schema.items === undefined ? {} : { items: toStructural(schema.items) }),
  };
}

function describe(schema: JsonSchema): string | undefined {
  if (schema.default === undefined) return schema.description;
  return `${schema.description ?? ''} Default: ${JSON.stringify(schema.default)}.`.trim();
}
