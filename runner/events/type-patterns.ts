/** Types of events as settings name them: exact, or with a `*` at the end for any end. */

/** Whether a type is among the patterns. */
export function matchesAny(patterns: readonly string[]): (type: string) => boolean {
  const find = bestMatch(patterns.map((pattern) => [pattern, true]));
  return (type) => find(type) === true;
}

/** What belongs to a type: the entry of exactly that name, else the one with the longest beginning. */
export function bestMatch<T>(
  entries: readonly (readonly [pattern: string, value: T])[],
): (type: string) => T | undefined {
  const exact = new Map(entries.filter(([pattern]) => !pattern.endsWith('*')));
  const prefixes = entries
    .filter(([pattern]) => pattern.endsWith('*'))
    .map(([pattern, value]) => ({ prefix: pattern.slice(0, -1), value }))
    .sort((a, b) => b.prefix.length - a.prefix.length);
  return (type) => exact.get(type) ?? prefixes.find(({ prefix }) => type.startsWith(prefix))?.value;
}
