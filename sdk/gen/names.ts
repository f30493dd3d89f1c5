/** The words of a name in any of the usual cases: `dead-letters`, `event_type`, `lastTransitionTime`, `If-Match`. */
export function wordsOf(name: string): readonly string[] {
  return name
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replaceAll(/([A-Z])([A-Z][a-z])/g, '$1 $2')
    .split(/[^A-Za-z0-9]+/)
    .filter((word) => word !== '')
    .map((word) => word.toLowerCase());
}

export const snake = (name: string): string => wordsOf(name).join('_');
export const pascal = (name: string): string => wordsOf(name).map(capital).join('');
export const camel = (name: string): string =>
  wordsOf(name)
    .map((word, at) => (at === 0 ? word : capital(word)))
    .join('');

const capital = (word: string): string => word[0]!.toUpperCase() + word.slice(1);

/** One of what the word names many of. */
export function singular(word: string): string {
  if (word.endsWith('ies')) return `${word.slice(0, -3)}y`;
  return word.endsWith('s') && !word.endsWith('ss') && !word.endsWith('us') ? word.slice(0, -1) : word;
}

/**
 * The names of fields in the case of a language, by their names on the wire. Where two would get the same name, the later one keeps
 * the name of the wire.
 */
export function fieldNames(
  fields: readonly { readonly wire: string }[],
  toCase: (name: string) => string,
): ReadonlyMap<string, string> {
  const taken = new Set<string>();
  const names = new Map<string, string>();
  for (const { wire } of fields) {
    const wanted = toCase(wire);
    const name = taken.has(wanted) ? wire : wanted;
    taken.add(name);
    names.set(wire, name);
  }
  return names;
}
