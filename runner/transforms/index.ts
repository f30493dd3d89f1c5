/** The transforms there are. Documentation and validation run from this list; the schema of each stands in `crds`. */
import type { Transform, TransformName } from '../../crds/index.ts';
import { HeadgateError } from '../../foundation/errors.ts';
import type { PlannedTransform, StreamTransform, TransformDefinition, TransformInput } from '../ports.ts';
import { cast } from './cast.ts';
import { dedupe } from './dedupe.ts';
import { drop } from './drop.ts';
import { filter } from './filter.ts';
import { flatten } from './flatten.ts';
import { limit } from './limit.ts';
import { mask } from './mask.ts';
import { rename } from './rename.ts';
import { selectColumns } from './select.ts';
import { set } from './set.ts';
import { sql } from './sql.ts';

const BY_NAME: { readonly [N in TransformName]: TransformDefinition<N> } = {
  rename,
  select: selectColumns,
  drop,
  set,
  filter,
  cast,
  mask,
  flatten,
  dedupe,
  limit,
  sql,
};

/** Every transform. A definition takes its own specification only; `planTransform` matches the two. */
export const transforms = Object.values(BY_NAME) as unknown as readonly TransformDefinition[];

/**
 * Fits one transform of a chain to what reaches it. `index` is its place, from 0, as messages name it:
 * `transform[1].rename: key 'foo' not present in source schema`. Throws `invalid_transform`.
 */
export function planTransform(
  spec: Transform,
  index: number,
  input: Pick<TransformInput, 'columns' | 'sources'>,
): PlannedTransform {
  const definition = find(spec, index);
  return definition.plan(specOf(spec, definition), { ...input, at: placeOf(definition, index) });
}

/**
 * The record form of one transform of a stream, whose columns are known with each record only. Throws `invalid_transform`,
 * also for transforms of batches.
 */
export function streamTransform(spec: Transform, index: number): StreamTransform {
  const definition = find(spec, index);
  const at = placeOf(definition, index);
  if (definition.stream !== undefined) return definition.stream(specOf(spec, definition), at);
  throw new HeadgateError('invalid_transform', `${at}: works on batches only`, {
    hint: 'A stream has no end, so nothing can be sorted, counted or joined over all of it.',
  });
}

function find(spec: Transform, index: number): TransformDefinition {
  const [name = ''] = Object.keys(spec);
  const definition = transforms.find((candidate) => candidate.name === name);
  if (definition !== undefined) return definition;
  throw new HeadgateError('invalid_transform', `transform[${index}]: there is no transform '${name}'`, {
    hint: `There are ${transforms.map((known) => known.name).join(', ')}.`,
  });
}

const placeOf = (definition: TransformDefinition, index: number): string => `transform[${index}].${definition.name}`;

const specOf = (spec: Transform, { name }: TransformDefinition): NonNullable<Transform[TransformName]> =>
  spec[name] as NonNullable<Transform[TransformName]>;
