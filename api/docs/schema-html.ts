import type { JsonSchema } from '../openapi/components.ts';
import { escapeHtml, inline } from './html.ts';

export type Schemas = Readonly<Record<string, JsonSchema>>;

/** How deep fields are shown before a reader has to look at the OpenAPI document. */
const MAX_DEPTH = 5;

/** The fields of an object schema as a nested list; anything else as its type. */
export function schemaHtml(schema: JsonSchema, schemas: Schemas, depth = 0): string {
  const resolved = resolve(schema, schemas);
  const fields = depth < MAX_DEPTH ? fieldsOf(resolved, schemas) : undefined;
  if (fields === undefined) return `<p class="type">${typeHtml(resolved)}</p>`;
  const required = (resolved['required'] ?? []) as readonly string[];
  const items = Object.entries(fields).map(([name, field]) =>
    fieldHtml(name, field, required.includes(name), schemas, depth),
  );
  return `<ul class="fields">${items.join('')}</ul>`;
}

function fieldHtml(name: string, field: JsonSchema, required: boolean, schemas: Schemas, depth: number): string {
  const description = field['description'] ?? resolve(field, schemas)['description'];
  const inner = innerObject(field, schemas);
  const nested =
    inner === undefined || depth + 1 >= MAX_DEPTH
      ? ''
      : `<details><summary>fields</summary>${schemaHtml(inner, schemas, depth + 1)}</details>`;
  return `<li><span class="name">${escapeHtml(name)}</span> <span class="type">${typeHtml(field)}</span>${
    required ? '' : ' <span class="optional">optional</span>'
  }${description === undefined ? '' : `<p>${inline(description)}</p>`}${nested}</li>`;
}

/** The object that a field is, may be, or holds in an array. */
function innerObject(field: JsonSchema, schemas: Schemas): JsonSchema | undefined {
  const schema = resolve(field, schemas);
  if (fieldsOf(schema, schemas) !== undefined) return schema;
  if (schema['items'] !== undefined) return innerObject(schema['items'] as JsonSchema, schemas);
  for (const option of (schema['anyOf'] ?? []) as readonly JsonSchema[]) {
    const inner = innerObject(option, schemas);
    if (inner !== undefined) return inner;
  }
  return undefined;
}

function fieldsOf(schema: JsonSchema, schemas: Schemas): Readonly<Record<string, JsonSchema>> | undefined {
  const fields = resolve(schema, schemas)['properties'] as Record<string, JsonSchema> | undefined;
  return fields === undefined || Object.keys(fields).length === 0 ? undefined : fields;
}

function resolve(schema: JsonSchema, schemas: Schemas): JsonSchema {
  const name = typeof schema['$ref'] === 'string' ? schema['$ref'].split('/').at(-1)! : undefined;
  return name === undefined ? schema : (schemas[name] ?? {});
}

/** The type in a few words: `integer 1–1000`, `string (date-time) or null`, `active | paused`. */
export function typeHtml(schema: JsonSchema): string {
  const options = schema['anyOf'] as readonly JsonSchema[] | undefined;
  if (options !== undefined) return options.map((option) => typeHtml(option)).join(' or ');
  if (typeof schema['$ref'] === 'string') return escapeHtml(schema['$ref'].split('/').at(-1));
  if (Array.isArray(schema['enum']))
    return schema['enum'].map((value) => `<code>${escapeHtml(value)}</code>`).join(' | ');
  if (schema['const'] !== undefined) return `<code>${escapeHtml(JSON.stringify(schema['const']))}</code>`;
  if (schema['type'] === 'array') return `array of ${typeHtml((schema['items'] ?? {}) as JsonSchema)}`;
  const format = schema['format'] === undefined ? '' : ` (${schema['format']})`;
  return escapeHtml(`${schema['type'] ?? 'any'}${format}${rangeOf(schema)}`);
}

function rangeOf({ minimum, maximum, default: preset }: JsonSchema): string {
  const range =
    minimum !== undefined && maximum !== undefined
      ? ` ${minimum}–${maximum}`
      : minimum === undefined
        ? ''
        : ` ≥ ${minimum}`;
  return preset === undefined || typeof preset === 'object' ? range : `${range}, default ${preset}`;
}

/** A value of the schema, made up from its examples: what an answer looks like. */
export function sampleOf(schema: JsonSchema, schemas: Schemas, depth = 0): unknown {
  const resolved = resolve(schema, schemas);
  const [example] = (resolved['examples'] ?? []) as readonly unknown[];
  if (example !== undefined) return example;
  if (resolved['default'] !== undefined) return resolved['default'];
  if (resolved['const'] !== undefined) return resolved['const'];
  if (Array.isArray(resolved['enum'])) return resolved['enum'][0];
  const options = resolved['anyOf'] as readonly JsonSchema[] | undefined;
  if (options !== undefined) return sampleOf(options[0]!, schemas, depth);
  if (resolved['type'] === 'object') {
    const fields = depth > MAX_DEPTH ? {} : (fieldsOf(resolved, schemas) ?? {});
    return Object.fromEntries(
      Object.entries(fields).map(([name, field]) => [name, sampleOf(field, schemas, depth + 1)]),
    );
  }
  if (resolved['type'] === 'array') return [sampleOf((resolved['items'] ?? {}) as JsonSchema, schemas, depth + 1)];
  if (resolved['type'] === 'integer' || resolved['type'] === 'number') return resolved['minimum'] ?? 0;
  if (resolved['type'] === 'boolean') return false;
  if (resolved['type'] === 'null') return null;
  return resolved['format'] === 'date-time' ? '2026-02-15T06:00:00.000Z' : 'text';
}
