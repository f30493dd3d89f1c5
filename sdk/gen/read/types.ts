import type { Field, Model, Type } from '../model.ts';
import { pascal, singular, wordsOf } from '../names.ts';
import type { Schema } from './document.ts';

/** Which way a schema goes. */
export type Direction = 'input' | 'output';

interface Draft {
  readonly source: string;
  readonly description: string;
  fields: readonly Field[];
  input: boolean;
  output: boolean;
}

/** Reads schemas, and keeps a model for every object with fields on the way. */
export interface Types {
  /** `name` is what an object without a name of its own is called after. */
  read(schema: Schema, name: string, direction: Direction): Type;
  /** The fields of an object, also of one behind a reference; null: it is none. */
  fieldsOf(type: Type): readonly Field[] | null;
  models(): readonly Model[];
}

const REF = '#/components/schemas/';
const SCALARS: ReadonlySet<string> = new Set(['string', 'integer', 'number', 'boolean', 'null']);
const UNKNOWN: Type = { kind: 'unknown' };

export function createTypes(schemas: Readonly<Record<string, Schema>>): Types {
  const drafts = new Map<string, Draft>();

  const read = (schema: Schema, name: string, direction: Direction): Type => {
    const ref = schema['$ref'];
    if (typeof ref === 'string') {
      const own = ref.slice(REF.length);
      const target = schemas[own];
      if (target === undefined) throw new Error(`${ref} leads nowhere`);
      return read(target, pascal(own), direction);
    }
    const all = schema['allOf'] as readonly Schema[] | undefined;
    if (all !== undefined) return read(joined(schema, all.map(resolved)), name, direction);
    const either = (schema['anyOf'] ?? schema['oneOf']) as readonly Schema[] | undefined;
    if (either !== undefined) return unionOf(either.map((part) => read(part, name, direction)));
    if (schema['enum'] !== undefined) return { kind: 'literal', values: schema['enum'] as string[] };
    if (schema['const'] !== undefined) return { kind: 'literal', values: [schema['const'] as string] };
    const { type } = schema;
    if (Array.isArray(type)) return unionOf(type.map((one: string) => read({ ...schema, type: one }, name, direction)));
    if (type === 'array') {
      const items = (schema['items'] ?? {}) as Schema;
      return { kind: 'list', of: read(items, oneOf(name), direction) };
    }
    if (type === 'object') return objectOf(schema, name, direction);
    return typeof type === 'string' && SCALARS.has(type) ? { kind: type as 'string' } : UNKNOWN;
  };

  const resolved = (schema: Schema): Schema =>
    typeof schema['$ref'] === 'string' ? (schemas[schema['$ref'].slice(REF.length)] ?? {}) : schema;

  const objectOf = (schema: Schema, name: string, direction: Direction): Type => {
    const properties = schema['properties'] as Readonly<Record<string, Schema>> | undefined;
    if (properties === undefined || Object.keys(properties).length === 0) {
      const patterns = Object.values((schema['patternProperties'] ?? {}) as Record<string, Schema>);
      const more = schema['additionalProperties'];
      const values = patterns[0] ?? (typeof more === 'object' ? (more as Schema) : {});
      return { kind: 'map', of: read(values, `${name}Value`, direction) };
    }
    const source = JSON.stringify(schema);
    const known = [...drafts].find(([other, draft]) => draft.source === source && other.startsWith(name));
    if (known !== undefined && known[1][direction]) return { kind: 'model', name: known[0] };
    const own = known?.[0] ?? freeName(name);
    const draft: Draft = known?.[1] ?? {
      source,
      description: textOf(schema['description']),
      fields: [],
      input: false,
      output: false,
    };
    drafts.set(own, draft);
    // Set before the fields are read: they may lead back here.
    draft[direction] = true;
    draft.fields = fieldsFrom(schema, properties, own, direction);
    return { kind: 'model', name: own };
  };

  const fieldsFrom = (
    schema: Schema,
    properties: Readonly<Record<string, Schema>>,
    owner: string,
    direction: Direction,
  ): readonly Field[] => {
    const required = new Set((schema['required'] ?? []) as readonly string[]);
    return Object.entries(properties).map(([wire, property]) => ({
      wire,
      type: read(property, `${owner}${pascal(wire)}`, direction),
      required: required.has(wire),
      description: textOf(property['description']),
    }));
  };

  const freeName = (name: string): string => {
    for (let at = 0; ; at += 1) if (!drafts.has(numbered(name, at))) return numbered(name, at);
  };

  return {
    read,
    fieldsOf: (type) => (type.kind === 'model' ? drafts.get(type.name)!.fields : null),
    models: () =>
      [...drafts]
        .map(([name, { description, fields, input, output }]) => ({ name, description, fields, input, output }))
        .sort((one, other) => (one.name < other.name ? -1 : 1)),
  };
}

/** `Name`, `Name2`, `Name3`. */
const numbered = (name: string, at: number): string => (at === 0 ? name : `${name}${at + 1}`);

function oneOf(name: string): string {
  const words = wordsOf(name);
  return pascal([...words.slice(0, -1), singular(words.at(-1) ?? name)].join(' '));
}

export function textOf(description: unknown): string {
  return typeof description === 'string' ? description : '';
}

/** A schema that holds the properties of all its parts. */
function joined(schema: Schema, parts: readonly Schema[]): Schema {
  const all = [...parts, schema];
  const properties = Object.assign({}, ...all.map((part) => part['properties'] ?? {})) as Schema;
  const required = all.flatMap((part) => (part['required'] ?? []) as string[]);
  const { allOf: _parts, ...rest } = schema;
  return Object.keys(properties).length === 0
    ? { ...Object.assign({}, ...parts), ...rest }
    : { ...rest, type: 'object', properties, required };
}

/** Flat and without repetition. */
export function unionOf(types: readonly Type[]): Type {
  const flat = types.flatMap((type) => (type.kind === 'union' ? type.of : [type]));
  if (flat.some((type) => type.kind === 'unknown')) return UNKNOWN;
  const unique = [...new Map(flat.map((type) => [JSON.stringify(type), type])).values()];
  return unique.length === 1 ? unique[0]! : { kind: 'union', of: unique };
}
