/** The transforms there are. Documentation and validation run from this list; the schema of each stands in `crds`. */
import type { Transform, TransformName } from '../../crds/index.ts';
import { HeadgateError } from '../../foundation/errors.ts';
import type {
  PlannedTransform,
  StreamBatchTransform,
  StreamTransform,
  TransformDefinition,
  TransformInput,
} from '../ports.ts';
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
 * One transform of a stream, whose columns are known with each record only: its record form, or the form that compares the
 * records of a batch. Throws `invalid_transform`, also for transforms of batches.
 */
export function planStreamTransform(spec: Transform, index: number): PlannedStreamTransform {
  const definition = find(spec, index);
  const at = placeOf(definition, index);
  const given = specOf(spec, definition);
  if (definition.stream !== undefined) return { at, record: definition.stream(given, at) };
  if (definition.streamBatch !== undefined) return { at, batch: definition.streamBatch(given, at) };
  throw new HeadgateError('invalid_transform', `${at}: works on batches only`, {
    hint: 'A stream has no end, so nothing can be sorted, counted or joined over all of it.',
  });
}

/** `planStreamTransform` for who has one record at a time: a transform that compares then compares with those before only. */
export function streamTransform(spec: Transform, index: number): StreamTransform {
  const { record, batch } = planStreamTransform(spec, index);
  return record ?? ((row, event) => (batch.keep([{ row, event }]).length === 0 ? null : row));
}

/** A transform of a stream; `at` is what its messages start with. */
export type PlannedStreamTransform =
  | { readonly at: string; readonly record: StreamTransform; readonly batch?: undefined }
  | { readonly at: string; readonly record?: undefined; readonly batch: StreamBatchTransform };

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
