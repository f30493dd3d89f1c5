import type { TSchema } from 'typebox';
import { stableJson } from '../../foundation/ids.ts';

export type JsonSchema = Record<string, unknown>;

/** Collects schemas that have a `title` under their name, so that the document names each once. */
export interface Components {
  /** The schema with every titled part replaced by a reference. */
  reference(schema: TSchema): JsonSchema;
  readonly schemas: Readonly<Record<string, JsonSchema>>;
}

/** Throws when two different schemas carry the same title. */
export function createComponents(): Components {
  const schemas: Record<string, JsonSchema> = {};
  const sources = new Map<string, string>();

  const convert = (value: unknown, top: boolean): unknown => {
    if (Array.isArray(value)) return value.map((item) => convert(item, false));
    if (typeof value !== 'object' || value === null) return value;
    const { title } = value as { title?: unknown };
    // Only a schema has a type beside its title: a property that happens to be called `title` is left alone.
    if (top || typeof title !== 'string' || !('type' in value)) return members(value);
    const source = stableJson(value);
    if (sources.has(title) && sources.get(title) !== source) throw new Error(`two schemas are called ${title}`);
    if (!sources.has(title)) {
      sources.set(title, source);
      schemas[title] = members(value);
    }
    return { $ref: `#/components/schemas/${title}` };
  };

  const members = (value: object): JsonSchema => {
    const schema = Object.fromEntries(
      Object.entries(value)
        .filter(([key]) => !key.startsWith('x-kubernetes'))
        .map(([key, member]) => {
          if (key === 'pattern' && typeof member === 'string') return [key, portable(member)];
          return [key, key === 'examples' || key === 'default' ? member : convert(member, false)];
        }),
    );
    return withoutDefaulted(schema);
  };

  return { reference: (schema) => convert(schema, false) as JsonSchema, schemas };
}

/**
 * A pattern without the classes of Unicode that few languages but JavaScript know. Half of a surrogate pair cannot come in a
 * body: it is no UTF-8.
 */
function portable(pattern: string): string {
  return pattern.replaceAll('\\p{Cc}', '\\u0000-\\u001f\\u007f-\\u009f').replaceAll('\\p{Cs}', '');
}

/** What has a default need not be sent: the validator fills it in before it looks at `required`. */
function withoutDefaulted(schema: JsonSchema): JsonSchema {
  const properties = schema['properties'] as Record<string, JsonSchema> | undefined;
  if (properties === undefined || !Array.isArray(schema['required'])) return schema;
  const required = schema['required'].filter((name: string) => properties[name]?.['default'] === undefined);
  const { required: _all, ...rest } = schema;
  return required.length === 0 ? rest : { ...rest, required };
}
