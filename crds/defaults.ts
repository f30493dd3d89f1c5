/**
 * The defaults of the schemas, as the API server of Kubernetes fills them in where a resource leaves fields out: the optional
 * fields of objects that are there, and never inside of unions, nor inside of what may hold anything.
 *
 * What a resource means does not depend on it: the normal form (normalize.ts) and the runners fill in the same values.
 */
import { stableJson, type Kind } from '../foundation/ids.ts';
import { mapValues, type JsonSchema } from './gen/json-schema.ts';
import { KINDS, type SpecOf } from './index.ts';

type Path = readonly string[];
type Members = Readonly<Record<string, unknown>>;

/** A spec as the API server stores it. The spec is valid by its schema, and stays as it is. */
export function withDefaults<K extends Kind>(kind: K, spec: SpecOf<K>): SpecOf<K> {
  return filled(spec, schemaOf(kind)) as SpecOf<K>;
}

/**
 * A spec without the fields that say what their schema says anyway: two specs are the same in this form when they mean the same,
 * whether somebody wrote a default down, left it out, or had it filled in by the API server.
 *
 * `isChosen` spares a default: it is asked with the path of each field that has one.
 */
export function withoutDefaults<K extends Kind>(
  kind: K,
  spec: SpecOf<K>,
  isChosen: (path: Path) => boolean = () => false,
): SpecOf<K> {
  return bare(spec, schemaOf(kind), [], isChosen) as SpecOf<K>;
}

/** What the API server fills in for a field of an object, if anything: what is required has to be said. */
export function defaultOf(object: JsonSchema, name: string): unknown {
  return object.required?.includes(name) === true ? undefined : object.properties?.[name]?.default;
}

function schemaOf(kind: Kind): JsonSchema {
  return KINDS[kind].spec as JsonSchema;
}

function filled(value: unknown, schema: JsonSchema): unknown {
  if (!isOpen(schema) && isObject(value)) {
    const names = Object.keys(schema.properties ?? {}).filter((name) => value[name] === undefined);
    const missing = names
      .map((name) => [name, defaultOf(schema, name)])
      .filter(([, fallback]) => fallback !== undefined);
    return mapInside({ ...Object.fromEntries(missing), ...value }, schema, filled);
  }
  return mapInside(value, schema, filled);
}

function bare(value: unknown, schema: JsonSchema, path: Path, isChosen: (path: Path) => boolean): unknown {
  const inside = mapInside(value, schema, (member, of, key) => bare(member, of, [...path, key], isChosen));
  if (!isObject(inside) || isOpen(schema)) return inside;
  const kept = Object.entries(inside).filter(([name, member]) => {
    const fallback = defaultOf(schema, name);
    return fallback === undefined || stableJson(member) !== stableJson(fallback) || isChosen([...path, name]);
  });
  return Object.fromEntries(kept);
}

/** Applies `change` to what the schema speaks of: items, fields, and the values of maps. */
function mapInside(
  value: unknown,
  schema: JsonSchema,
  change: (member: unknown, schema: JsonSchema, key: string) => unknown,
): unknown {
  if (isOpen(schema)) return value;
  if (Array.isArray(value)) {
    const { items } = schema;
    return items === undefined ? value : value.map((item, index) => change(item, items, String(index)));
  }
  if (!isObject(value)) return value;
  const { properties = {} } = schema;
  const entries = Object.entries(value).map(([name, member]) => {
    const of = Object.hasOwn(properties, name) ? properties[name] : mapValues(schema);
    return [name, of === undefined ? member : change(member, of, name)] as const;
  });
  return Object.fromEntries(entries);
}

/** Whether the API server knows nothing of what is inside. */
function isOpen(schema: JsonSchema): boolean {
  return schema.anyOf !== undefined || schema['x-kubernetes-preserve-unknown-fields'] === true;
}

function isObject(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
