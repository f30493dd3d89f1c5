import type { TSchema } from 'typebox';

/** The parts of JSON Schema that our schemas use: what the generators read. */
export interface JsonSchema {
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly description?: string;
  readonly default?: unknown;
  readonly examples?: readonly unknown[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly patternProperties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: boolean | JsonSchema;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly [keyword: string]: unknown;
}

/** A TypeBox schema is a JSON Schema with hidden marks; its JSON has none of them. */
export function toJsonSchema(schema: TSchema): JsonSchema {
  return JSON.parse(JSON.stringify(schema)) as JsonSchema;
}

/** The schema of a free-form map's values, or undefined where the schema is no such map. */
export function mapValues(schema: JsonSchema): JsonSchema | undefined {
  return Object.values(schema.patternProperties ?? {})[0];
}

/** A default that only makes room for those of its fields: nothing to tell anybody. */
export function isEmptyObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}

/** Applies `change` to each member of a map. */
export function mapMembers<T, U>(members: Readonly<Record<string, T>>, change: (member: T) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(members).map(([name, member]) => [name, change(member)]));
}

/** The schema without the named keywords, at every depth. */
export function withoutKeywords(schema: JsonSchema, isUnwanted: (keyword: string) => boolean): JsonSchema {
  const kept = Object.fromEntries(Object.entries(schema).filter(([keyword]) => !isUnwanted(keyword))) as JsonSchema;
  const inner = (part: JsonSchema): JsonSchema => withoutKeywords(part, isUnwanted);
  return {
    ...kept,
    ...(kept.properties && { properties: mapMembers(kept.properties, inner) }),
    ...(kept.patternProperties && { patternProperties: mapMembers(kept.patternProperties, inner) }),
    ...(kept.items && { items: inner(kept.items) }),
    ...(kept.anyOf && { anyOf: kept.anyOf.map(inner) }),
  };
}
