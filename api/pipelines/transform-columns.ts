import type { PipelineSpec, Transform } from '../../crds/index.ts';
import { nearest } from '../../crds/nearest.ts';
import { HeadgateError } from '../../foundation/errors.ts';

/** Null: not known, since the source decides. */
type Columns = ReadonlySet<string> | null;

/**
 * Refuses a chain that names columns which an earlier part of it has taken away: it could never run. What the source brings is
 * known only when it is read; a dry run of the pipeline looks at that. Throws `invalid_transform`.
 */
export function refuseUnknownColumns({ transform, transforms }: Pick<PipelineSpec, 'transform' | 'transforms'>): void {
  const field = transforms === undefined ? 'transform' : 'transforms';
  let columns: Columns = null;
  for (const [index, step] of (transforms ?? transform ?? []).entries()) {
    const [name = ''] = Object.keys(step);
    for (const wanted of columns === null ? [] : needed(step)) {
      if (!columns!.has(wanted)) throw unknownColumn(`/spec/${field}/${index}/${name}`, index, name, wanted, columns!);
    }
    columns = after(step, columns);
  }
}

/** The columns that a transform names as they are when it begins; expressions are looked at when it runs. */
function needed({ rename, select, drop, cast, mask, dedupe }: Transform): readonly string[] {
  return [
    ...Object.keys(rename ?? cast ?? mask ?? {}),
    ...(select ?? drop ?? []),
    ...(dedupe === undefined ? [] : [...dedupe.key, ...(dedupe.by === undefined ? [] : [dedupe.by])]),
  ];
}

function after({ rename, select, drop, set, flatten, sql }: Transform, columns: Columns): Columns {
  if (select !== undefined) return new Set(select);
  if (flatten !== undefined || sql !== undefined || columns === null) return null;
  if (rename !== undefined)
    return new Set([...columns].map((name) => (Object.hasOwn(rename, name) ? rename[name]! : name)));
  if (drop !== undefined) return new Set([...columns].filter((name) => !drop.includes(name)));
  return new Set([...columns, ...Object.keys(set ?? {})]);
}

function unknownColumn(
  pointer: string,
  index: number,
  name: string,
  wanted: string,
  columns: ReadonlySet<string>,
): HeadgateError {
  const message = `transform[${index}].${name}: key '${wanted}' not present in source schema`;
  const meant = nearest(wanted, [...columns]);
  return new HeadgateError('invalid_transform', message, {
    at: pointer,
    issues: [{ pointer, message, code: 'invalid_transform' }],
    hint: meant === undefined ? `there are: ${[...columns].slice(0, 20).join(', ')}` : `did you mean '${meant}'?`,
  });
}
