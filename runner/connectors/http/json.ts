/** Paths into JSON. */

/** The parts of a dotted path (`data.items`) or a JSON pointer (`/data/items`, RFC 6901). */
export function pathParts(path: string): readonly string[] {
  if (!path.startsWith('/')) return path.split('.');
  return path
    .slice(1)
    .split('/')
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** What stands at the path; undefined where it leads nowhere. Only own members count. */
export function valueAt(value: unknown, path: string): unknown {
  let current = value;
  for (const part of pathParts(path)) {
    if (current === null || typeof current !== 'object' || !Object.hasOwn(current, part)) return undefined;
    current = (current as Record<string, unknown>)[part];
  }
  return current;
}

/** A copy of the document with the value at the path; objects on the way are made where they are missing. */
export function withValueAt(
  document: Readonly<Record<string, unknown>>,
  path: string,
  value: unknown,
): Record<string, unknown> {
  return put(document, pathParts(path), value);
}

function put(document: unknown, [first = '', ...rest]: readonly string[], value: unknown): Record<string, unknown> {
  const object = isObject(document) ? document : {};
  const child = Object.hasOwn(object, first) ? object[first] : undefined;
  return { ...object, [first]: rest.length === 0 ? value : put(child, rest, value) };
}

/** Whether the value is an object that is neither null nor an array. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}
