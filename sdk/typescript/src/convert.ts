/** Keys of objects: snake_case on the wire, camelCase here. What has no shape is the user's own and stays as it is. */

/** A model by its name, a list or a map of something, or one of several. */
export type Shape = string | { readonly list: Shape } | { readonly map: Shape } | { readonly any: readonly Shape[] };
export type FieldShape = readonly [wire: string, name: string, shape?: Shape];
export type ModelShapes = Readonly<Record<string, readonly FieldShape[]>>;

export interface Converter {
  /** What came over the wire. Fields that no model knows keep their names. */
  decode(value: unknown, shape: Shape | null | undefined): unknown;
  /** What goes over the wire. Fields that no model knows, and those that have the name of the wire already, keep it. */
  encode(value: unknown, shape: Shape | null | undefined): unknown;
}

type Names = ReadonlyMap<string, { readonly to: string; readonly shape: Shape | undefined }>;
type Direction = ReadonlyMap<string, Names>;

export function createConverter(models: ModelShapes): Converter {
  const inward = directionOf(models, ([wire, name]) => [wire, name]);
  const outward = directionOf(models, ([wire, name]) => [name, wire]);
  return {
    decode: (value, shape) => convert(value, shape, inward),
    encode: (value, shape) => convert(value, shape, outward),
  };
}

function directionOf(models: ModelShapes, ends: (field: FieldShape) => readonly [from: string, to: string]): Direction {
  return new Map(
    Object.entries(models).map(([model, fields]) => [
      model,
      new Map(
        fields.flatMap((field) => {
          const [from, to] = ends(field);
          const there = { to, shape: field[2] };
          // A field under the name that it is to have may still hold others that are to be renamed.
          return [[to, there] as const, [from, there] as const];
        }),
      ),
    ]),
  );
}

function convert(value: unknown, shape: Shape | null | undefined, direction: Direction): unknown {
  if (shape === null || shape === undefined || typeof value !== 'object' || value === null) return value;
  const shapes = alternatives(shape);
  if (Array.isArray(value)) {
    const list = shapes.find((one): one is { readonly list: Shape } => typeof one === 'object' && 'list' in one);
    return list === undefined ? value : value.map((item) => convert(item, list.list, direction));
  }
  const models = shapes.filter((one) => typeof one === 'string').map((model) => direction.get(model));
  const map = shapes.find((one): one is { readonly map: Shape } => typeof one === 'object' && 'map' in one);
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => {
      const field = models.map((names) => names?.get(key)).find((found) => found !== undefined);
      return field === undefined
        ? [key, convert(member, map?.map, direction)]
        : [field.to, convert(member, field.shape, direction)];
    }),
  );
}

function alternatives(shape: Shape): readonly Exclude<Shape, { readonly any: readonly Shape[] }>[] {
  return typeof shape === 'object' && 'any' in shape ? shape.any.flatMap(alternatives) : [shape];
}
