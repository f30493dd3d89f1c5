import type { Model, Type } from './model.ts';
import { fieldNames } from './names.ts';

/**
 * Where a value holds objects whose keys differ between the wire and a language. The name of a model, a list or a map of
 * something, or several possible ones. What has no shape goes through as it is, which is how the user's own maps keep their keys.
 */
export type Shape = string | { readonly list: Shape } | { readonly map: Shape } | { readonly any: readonly Shape[] };

/** A field that is called otherwise, or whose value has a shape. */
export interface FieldShape {
  readonly wire: string;
  readonly name: string;
  readonly shape: Shape | null;
}

export interface Shapes {
  /** Null: nothing in it is converted. */
  of(type: Type): Shape | null;
  readonly models: ReadonlyMap<string, readonly FieldShape[]>;
}

/** Only what differs under `toCase` is named; with `whole`, all models and all fields are, for languages that make objects of them. */
export function shapesOf(models: readonly Model[], toCase: (name: string) => string, whole = false): Shapes {
  const names = new Map(models.map((model) => [model.name, fieldNames(model.fields, toCase)]));
  const converted = new Set<string>();
  const of = (type: Type): Shape | null => {
    if (type.kind === 'model') return converted.has(type.name) ? type.name : null;
    if (type.kind === 'list' || type.kind === 'map') {
      const inner = of(type.of);
      if (inner === null) return null;
      return type.kind === 'list' ? { list: inner } : { map: inner };
    }
    if (type.kind !== 'union') return null;
    const any = type.of.map(of).filter((shape) => shape !== null);
    return any.length > 1 ? { any } : (any[0] ?? null);
  };
  const fieldsOf = (model: Model): readonly FieldShape[] =>
    model.fields
      .map(({ wire, type }) => ({ wire, name: names.get(model.name)!.get(wire)!, shape: of(type) }))
      .filter(({ wire, name, shape }) => whole || name !== wire || shape !== null);
  // Models name each other, also in circles: it is asked again until nothing new is found.
  for (let before = -1; before !== converted.size;) {
    before = converted.size;
    for (const model of models) if (fieldsOf(model).length > 0) converted.add(model.name);
  }
  const shaped = models
    .filter(({ name }) => converted.has(name))
    .map((model) => [model.name, fieldsOf(model)] as const);
  return { of, models: new Map(shaped) };
}
