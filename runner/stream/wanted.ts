/** Which destinations want which events: one with synchronizations wants some types only. */
import { enabledTypes, whyNot, type TypeFilter } from '../events/synchronizations.ts';
import type { ResolvedDestination } from '../spec.ts';

export interface Wanted {
  /** By destination; null: it wants every type. */
  readonly by: readonly (TypeFilter | null)[];
  /** Whether any of them wants the type; null: each type is wanted by one at least. */
  readonly any: TypeFilter | null;
  /** Why no destination wants a type. */
  readonly why: (type: string) => string;
  /** What leaves such events out: it stands where the name of a person stands who cancels. */
  readonly leftOutBy: string;
}

export function wantedBy(destinations: readonly Pick<ResolvedDestination, 'synchronized'>[]): Wanted {
  const choosy = destinations.flatMap(({ synchronized }) => synchronized ?? []);
  const by = destinations.map(({ synchronized }) => (synchronized === undefined ? null : enabledTypes(synchronized)));
  const filters = by.filter((filter) => filter !== null);
  return {
    by,
    any: filters.length < by.length ? null : (type) => filters.some((filter) => filter(type)),
    why: (type) => choosy.map((each) => whyNot(each, type)).join('; '),
    leftOutBy: `synchronizations of ${[...new Set(choosy.map(({ connection }) => connection))].join(', ')}`,
  };
}
