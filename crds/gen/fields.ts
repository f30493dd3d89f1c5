import { isEmptyObject, mapValues, type JsonSchema } from './json-schema.ts';

/** One row of a reference table. */
export interface Field {
  /** `source.incremental.cursor`, `transforms[].rename`, `labels.<name>` */
  readonly path: string;
  readonly type: string;
  readonly required: boolean;
  readonly secret: boolean;
  /** As JSON, or empty. */
  readonly fallback: string;
  readonly description: string;
  /** As JSON, or empty. */
  readonly example: string;
}

/** Every field below a schema, parents before children, in the order of the schema. */
export function fieldsOf(schema: JsonSchema): Field[] {
  return [...walk(schema, '', new Map())];
}

/**
 * `seen` holds the structures described so far: the items of `sources` have the fields of `source`, and a table that
 * says so is shorter than one that says all of it again.
 */
function* walk(schema: JsonSchema, prefix: string, seen: Map<string, string>): Generator<Field> {
  for (const [name, member] of Object.entries(schema.properties ?? {})) {
    const path = prefix === '' ? name : `${prefix}.${name}`;
    const inner = innerOf(member, path);
    const shape = inner === undefined ? '' : JSON.stringify(inner.schema.properties);
    const before = seen.get(shape);
    const same = before === undefined ? '' : ` The same fields as \`${before}\`.`;
    yield field(path, member, schema.required?.includes(name) === true, same);
    if (inner === undefined || before !== undefined) continue;
    seen.set(shape, inner.path);
    yield* walk(inner.schema, inner.path, seen);
  }
}

function field(path: string, schema: JsonSchema, required: boolean, more: string): Field {
  return {
    path,
    type: typeWords(schema),
    required,
    secret: isSecret(schema),
    fallback: schema.default === undefined || isEmptyObject(schema.default) ? '' : JSON.stringify(schema.default),
    description: `${schema.description ?? ''}${more}${limitWords(schema)}`.trim(),
    example: schema.examples?.[0] === undefined ? '' : JSON.stringify(schema.examples[0]),
  };
}

/** The structure inside a field, with the path of its members. */
function innerOf(schema: JsonSchema, path: string): { schema: JsonSchema; path: string } | undefined {
  if (schema.properties !== undefined) return { schema, path };
  if (schema.items !== undefined) return innerOf(schema.items, `${path}[]`);
  const values = mapValues(schema);
  if (values !== undefined) return innerOf(values, `${path}.<name>`);
  for (const branch of schema.anyOf ?? []) {
    const inner = innerOf(branch, path);
    if (inner !== undefined) return inner;
  }
  return undefined;
}

function typeWords(schema: JsonSchema): string {
  if (schema.const !== undefined) return `\`${JSON.stringify(schema.const)}\``;
  if (schema.enum !== undefined) return schema.enum.map((value) => `\`${String(value)}\``).join(', ');
  if (schema.anyOf !== undefined) return schema.anyOf.map(typeWords).join(' or ');
  if (schema.items !== undefined) return `list of ${typeWords(schema.items)}`;
  const values = mapValues(schema);
  if (values !== undefined) return Object.keys(values).length === 0 ? 'map' : `map of ${typeWords(values)}`;
  return schema.type === 'object' ? 'map' : (schema.type ?? 'any');
}

function limitWords(schema: JsonSchema): string {
  const { minimum, maximum } = schema as { minimum?: number; maximum?: number };
  if (maximum === undefined && (minimum === undefined || minimum === 0)) return '';
  if (maximum === undefined || maximum === Number.MAX_SAFE_INTEGER) return minimum === 0 ? '' : ` At least ${minimum}.`;
  return minimum === undefined ? ` At most ${maximum}.` : ` ${minimum} to ${maximum}.`;
}

/** The fields as a table in Markdown. */
export function fieldTable(fields: readonly Field[]): string {
  const rows = fields.map((row) => {
    const marks = [row.required ? '**required**' : '', row.secret ? '**secret**' : ''].filter((mark) => mark !== '');
    const notes = [
      cell(row.description),
      ...(row.fallback === '' ? [] : [`Default: ${code(row.fallback)}.`]),
      ...(row.example === '' ? [] : [`Example: ${code(row.example)}.`]),
    ];
    return `| ${code(row.path)} | ${[cell(row.type), ...marks].join(', ')} | ${notes.filter(Boolean).join(' ')} |`;
  });
  return ['| field | type | meaning |', '| --- | --- | --- |', ...rows].join('\n');
}

/** Text in a cell: a bar would end it, and so would a line break. */
function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll(/\s*\n\s*/g, ' ');
}

function code(text: string): string {
  return `\`${cell(text)}\``;
}

/** Also where one of several forms is, such as a list of secrets. */
function isSecret(schema: JsonSchema): boolean {
  const forms = schema['anyOf'] ?? [];
  return schema['secret'] === true || forms.some((form) => form['secret'] === true);
}
