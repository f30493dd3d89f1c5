/** Which events a connection acts upon: `synchronizations` of its declaration. */
import { bestMatch } from './type-patterns.ts';

export interface Synchronization {
  /** A type of event, or its beginning with a `*` behind it. */
  readonly eventType: string;
  /** True when left out. */
  readonly enabled?: boolean;
}

/** A connection that acts upon some types of events only. */
export interface Synchronized {
  /** The name of the connection. */
  readonly connection: string;
  readonly synchronizations: readonly Synchronization[];
}

export type TypeFilter = (type: string) => boolean;

/** What a pipeline is handed of a connection; undefined where it acts upon every type, since it names none. */
export function synchronizedOf(
  connection: string,
  synchronizations: readonly Synchronization[] | undefined,
): Synchronized | undefined {
  return synchronizations === undefined || synchronizations.length === 0 ? undefined : { connection, synchronizations };
}

/** Whether a type is acted upon: the entry that names it most exactly decides, and what none names is not. */
export function enabledTypes({ synchronizations }: Pick<Synchronized, 'synchronizations'>): TypeFilter {
  const find = bestMatch(synchronizations.map(({ eventType, enabled = true }) => [eventType, enabled]));
  return (type) => find(type) === true;
}

/** Why a type is not acted upon, as the end of a sentence: `the connection 'shop' …`. */
export function whyNot({ connection, synchronizations }: Synchronized, type: string): string {
  const find = bestMatch(synchronizations.map(({ eventType }) => [eventType, eventType]));
  const named = find(type);
  return named === undefined
    ? `'${type}' is not among the synchronizations of the connection '${connection}'`
    : `the synchronization '${named}' of the connection '${connection}' is disabled`;
}
